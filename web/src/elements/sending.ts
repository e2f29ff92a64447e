// What only pages that send load: one chunk of its own.
export { WbRecipients } from "./wb-recipients";
export { WbSend } from "./wb-send";
