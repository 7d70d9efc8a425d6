/** Where the numbers were taken: without it they compare to nothing. */
import { cpus, loadavg, platform, totalmem } from "node:os";

export interface Environment {
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Of the last minute: above the number of cores the rates are those of a busy machine. */
  readonly load: number;
  readonly gcExposed: boolean;
}

export function environment(): Environment {
  const all = cpus();
  return {
    node: process.version,
    v8: process.versions.v8,
    platform: `${platform()} ${process.arch}`,
    cpu: all[0]?.model ?? "unknown",
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? Number.NaN,
    gcExposed: globalThis.gc !== undefined,
  };
}
