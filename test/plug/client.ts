/**
 * One client of the plug test: several workers at once, each with people of its own, until standard
 * input ends. `node client.js '{"place":…,"seed":…,"workers":…}'`
 */
import { type App, codeOf, type House, openHouse, type Place } from "./house.js";
import type { Line } from "./journal.js";
import { type Act, type Draw, Person } from "./person.js";

export interface ClientTask {
  readonly place: Place;
  readonly seed: number;
  readonly workers: number;
}

const PEOPLE_AT_ONCE = 5;
/** Of a thousand acts; each rewrites tables or the file, which is what makes them rare. */
const [SEALS, SWEEPS] = [15, 6];
/** What a store may say when its plug is pulled. Nothing else is a fault. */
const FAULTS = ["store-unreachable", "store-busy", "store-poisoned", "store-closed"];

const { place, seed, workers } = JSON.parse(process.argv[2] ?? "{}") as ClientTask;
const state = { stopping: false, acts: 0 };

function say(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Mulberry32: the same numbers for the same seed. */
function drawFrom(start: number): Draw {
  let at = start >>> 0;
  return () => {
    at = (at + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(at ^ (at >>> 15), at | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** True when the act went as it must: it happened, or was refused as it had to be. */
async function attempt(house: House, act: Act): Promise<boolean> {
  const n = state.acts++;
  say({ is: "try", n, op: act.op, about: act.about });
  try {
    const did = await act.run();
    say({ is: "did", n, did });
    if (act.must !== undefined) say({ is: "wrong", what: `${act.op} was let in: ${act.must}` });
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code !== "" && [act.must, act.may].includes(code)) {
      say({ is: "refused", n, code });
      return code === act.must;
    }
    if (!FAULTS.includes(code)) {
      say({ is: "wrong", what: `${act.op}: ${error instanceof Error ? error.stack : code}` });
    }
    say({ is: "fault", n, code });
    await house.mend();
    return false;
  }
}

function sealing(app: App, people: readonly Person[]): Act {
  const subjects = people.flatMap(({ subject }) => (subject === undefined ? [] : [subject]));
  return {
    op: "seal",
    about: {},
    run: async () => {
      const select = { collection: "intake", subjects } as const;
      const { id, count } = await app.datasets.seal({ name: "all", purpose: "training", select });
      return { dataset: id, count };
    },
  };
}

function sweeping(app: App): Act {
  return {
    op: "sweep",
    about: {},
    run: async () => ({ erased: (await app.retention.sweep()).erased }),
  };
}

async function work(house: House, draw: Draw): Promise<void> {
  const people: Person[] = [];
  while (!state.stopping) {
    const dice = draw() * 1_000;
    if (dice < SEALS) await attempt(house, sealing(house.app(), people));
    else if (dice < SEALS + SWEEPS) await attempt(house, sweeping(house.app()));
    else {
      if (people.length < PEOPLE_AT_ONCE) people.push(new Person(house, draw));
      const at = Math.floor(draw() * people.length);
      const person = people[at] as Person;
      const went = await attempt(house, person.next());
      // Of an act that failed it is not known whether it happened: nothing follows it.
      if (!went || person.done) people.splice(at, 1);
    }
  }
}

process.stdin.on("end", () => {
  state.stopping = true;
});
process.stdin.resume();
const house = await openHouse(place, say);
await Promise.all(
  Array.from({ length: workers }, (_, index) => work(house, drawFrom(seed * 1_000 + index))),
);
await house.close();
