// The browser's part: each enhancement is one custom element in one file. Every page works without it.
import { WbConfirm } from "./elements/wb-confirm";
import { WbCopy } from "./elements/wb-copy";
import { WbLive } from "./elements/wb-live";
import { WbTime } from "./elements/wb-time";
import { WbUndo } from "./elements/wb-undo";

customElements.define("wb-confirm", WbConfirm);
customElements.define("wb-copy", WbCopy);
customElements.define("wb-live", WbLive);
customElements.define("wb-time", WbTime);
customElements.define("wb-undo", WbUndo);
