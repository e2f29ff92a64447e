// The browser's part: each enhancement is one custom element in one file. Every page works without it.
import { WbConfirm } from "./elements/wb-confirm";
import { WbCopy } from "./elements/wb-copy";
import { WbLive } from "./elements/wb-live";
import { WbReveal } from "./elements/wb-reveal";
import { WbTime } from "./elements/wb-time";
import { WbUndo } from "./elements/wb-undo";

// Recipients outnumber senders; they do not load what only senders need. The rows must stand before the form is read.
if (document.querySelector("wb-send, wb-recipients")) {
  void import("./elements/sending").then(({ WbRecipients, WbSend }) => {
    customElements.define("wb-recipients", WbRecipients);
    customElements.define("wb-send", WbSend);
  });
}

customElements.define("wb-confirm", WbConfirm);
customElements.define("wb-copy", WbCopy);
customElements.define("wb-live", WbLive);
customElements.define("wb-reveal", WbReveal);
customElements.define("wb-time", WbTime);
customElements.define("wb-undo", WbUndo);
