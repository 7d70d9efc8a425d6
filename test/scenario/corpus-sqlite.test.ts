/** The whole corpus once more, on SQLite. */
import { describe } from "vitest";
import { playedOn } from "./corpus-files.js";

describe("the corpus on SQLite goes as it says", () => playedOn(() => "sqlite"));
