/** Files that a command writes. None is ever overwritten. */
import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { CustodyError } from "../errors.js";

const OUTPUT_MODE = 0o644;

/**
 * The name is taken before anything is done: what could not be written down is not done. A file
 * that was only begun is removed.
 * @throws `export-exists`, `option-invalid` naming the option, and what `make` throws
 */
export async function writing<T>(
  { place, option }: { readonly place: string; readonly option: string },
  make: () => Promise<T>,
  textOf: (made: T) => string,
): Promise<T> {
  const fd = reserve(place, option);
  try {
    const made = await make();
    writeFileSync(fd, textOf(made), { flush: true });
    return made;
  } catch (error) {
    rmSync(place, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

function reserve(place: string, option: string): number {
  try {
    return openSync(place, "wx", OUTPUT_MODE);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    if (reason === "EEXIST") throw new CustodyError("export-exists", { place }, { cause });
    throw new CustodyError("option-invalid", { path: option, reason }, { cause });
  }
}
