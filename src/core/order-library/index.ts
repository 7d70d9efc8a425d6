/** Real orders by their short names, to start one's own from. */
import { amazonAlexa } from "./amazon-alexa.js";
import { apitor } from "./apitor.js";
import { avast } from "./avast.js";
import { cambridgeAnalytica } from "./cambridge-analytica.js";
import { cerebral } from "./cerebral.js";
import { edmodo } from "./edmodo.js";
import { epic } from "./epic.js";
import { everalbum } from "./everalbum.js";
import { inmarket } from "./inmarket.js";
import { koganNix } from "./kogan-nix.js";
import { kurbo } from "./kurbo.js";
import type { LibraryOrder } from "./library-order.js";
import { mobilewalla } from "./mobilewalla.js";
import { musically } from "./musically.js";
import { premom } from "./premom.js";
import { ring } from "./ring.js";
import { riteAid } from "./rite-aid.js";
import { xMode } from "./x-mode.js";
import { xbox } from "./xbox.js";

export type { LibraryOrder, LibraryPart } from "./library-order.js";
export { CASE_PAGES } from "./library-order.js";

/** Those that reach models first, then children's orders that do not. */
export const ORDER_LIBRARY: readonly LibraryOrder[] = Object.freeze([
  cambridgeAnalytica,
  koganNix,
  everalbum,
  kurbo,
  edmodo,
  amazonAlexa,
  ring,
  premom,
  riteAid,
  avast,
  xMode,
  inmarket,
  cerebral,
  mobilewalla,
  musically,
  xbox,
  epic,
  apitor,
]);

export function libraryOrder(name: string): LibraryOrder | undefined {
  return ORDER_LIBRARY.find((order) => order.name === name);
}
