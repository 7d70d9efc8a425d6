/**
 * The people of the tale: one child whose parent is asked by e-mail, and a crowd around that
 * child, made up from a seed so that every run has the same people. Body sizes follow growth
 * charts roughly; nobody here exists.
 */

export type Kind = "adult" | "teen" | "child" | "late";

export interface Person {
  readonly externalId: string;
  readonly kind: Kind;
  /** Typed at the sign-up screen. For `late` it makes the child a teenager, which was not true. */
  readonly birthDate: string;
  /** What a `late` child types into the profile months later. */
  readonly trueBirthDate: string | undefined;
  readonly contact: string;
  readonly intake: Intake;
}

export interface Intake {
  readonly weightKg: number;
  readonly heightCm: number;
  readonly ageYears: number;
  readonly lifestyle: string;
}

export const SIGN_UP_ZONE = "America/Los_Angeles";

/** The child of sections 2 to 5: ten years old in February 2021. */
export const KIP = Object.freeze({
  externalId: "kip",
  birthDate: "2010-06-14",
  contact: "kips.mother@home.example",
  intake: Object.freeze({
    weightKg: 36.2047,
    heightCm: 139.6183,
    ageYears: 10,
    lifestyle: "some sport (plays tag at Fern Hollow)",
  }),
});

/**
 * Children found out late, with values that nobody else has: what is looked for, byte by byte,
 * after the purge.
 */
export const PLANTED: readonly Person[] = Object.freeze([
  planted(1, "2007-05-05", "2010-05-05", [41.3719, 143.2817, 13], "some sport (Alder Street pool)"),
  planted(2, "2006-09-21", "2011-09-21", [38.4913, 139.7731, 14], "mostly sitting (Quillon Tower)"),
  planted(3, "2007-11-30", "2009-11-30", [52.6087, 150.9463, 13], "daily sport (Marrow Lane rink)"),
]);

/** The texts of a person's values, as they would stand in a file. */
export function textsOf({ intake }: { readonly intake: Intake }): readonly string[] {
  const [, inside] = /\((.*)\)/.exec(intake.lifestyle) ?? [];
  return [
    String(intake.weightKg),
    ...(inside === undefined ? [] : [String(intake.heightCm), inside]),
  ];
}

/**
 * Everything personal that a planted child gave: values, both birth dates, the parent's address.
 */
export function everythingOf(person: Person): readonly string[] {
  return [...textsOf(person), person.birthDate, person.trueBirthDate ?? "", person.contact];
}

const SHARES: readonly (readonly [Kind, number])[] = [
  ["late", 0.06],
  ["child", 0.24],
  ["teen", 0.4],
  ["adult", 0.3],
];
const LIFESTYLES = ["mostly sitting", "some sport", "daily sport"] as const;

/** How active a lifestyle is, from 0 to 2: the model's third feature. */
export function activityOf(lifestyle: string): number {
  return LIFESTYLES.findIndex((known) => lifestyle.startsWith(known));
}

/**
 * The crowd, `count` people with the planted ones among them. The same seed gives the same people.
 */
export function crowd(count: number, seed: number): readonly Person[] {
  const random = mulberry32(seed);
  const weights = new Set<number>();
  const people: Person[] = [...PLANTED];
  for (const [kind, share] of SHARES) {
    const wanted = Math.round(count * share) - (kind === "late" ? PLANTED.length : 0);
    for (let n = 0; n < wanted; n += 1) people.push(person(kind, n, random, weights));
  }
  return shuffled(people, random);
}

function planted(
  n: number,
  birthDate: string,
  trueBirthDate: string,
  [weightKg, heightCm, ageYears]: readonly [number, number, number],
  lifestyle: string,
): Person {
  return Object.freeze({
    externalId: `planted-${n}`,
    kind: "late",
    birthDate,
    trueBirthDate,
    contact: `planted-${n}@home.example`,
    intake: Object.freeze({ weightKg, heightCm, ageYears, lifestyle }),
  });
}

const AGES: { readonly [K in Kind]: readonly [number, number] } = {
  late: [8, 11],
  child: [8, 12],
  teen: [13, 17],
  adult: [18, 60],
};
const LATE_CLAIMED_AGES: readonly [number, number] = [13, 15];

function person(kind: Kind, n: number, random: () => number, taken: Set<number>): Person {
  const age = between(AGES[kind], random);
  const claimed = kind === "late" ? between(LATE_CLAIMED_AGES, random) : age;
  const monthDay = `${two(between([3, 12], random))}-${two(between([1, 28], random))}`;
  const lifestyle = LIFESTYLES[between([0, 2], random)] ?? LIFESTYLES[0];
  const heightCm = round(heightAt(age) + 6 * bell(random), 1);
  const activity = LIFESTYLES.indexOf(lifestyle);
  let weightKg: number;
  do {
    const bmi = Math.max(14, bmiAt(age) - 1.6 * activity + 2.2 * bell(random));
    weightKg = round(bmi * (heightCm / 100) ** 2, 3);
  } while (taken.has(weightKg));
  taken.add(weightKg);
  const externalId = `${kind}-${n}`;
  return {
    externalId,
    kind,
    birthDate: `${2020 - claimed}-${monthDay}`,
    trueBirthDate: kind === "late" ? `${2020 - age}-${monthDay}` : undefined,
    contact: `${externalId}@home.example`,
    intake: { weightKg, heightCm, ageYears: claimed, lifestyle },
  };
}

function heightAt(age: number): number {
  return age < 16 ? 128 + (age - 8) * 5.4 : 170;
}

function bmiAt(age: number): number {
  return age < 18 ? 21.5 + (age - 8) * 0.55 : 28.5;
}

function between([low, high]: readonly [number, number], random: () => number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** Roughly normal, mean 0, deviation 1: the sum of twelve dice, as it was always done. */
function bell(random: () => number): number {
  let sum = -6;
  for (let n = 0; n < 12; n += 1) sum += random();
  return sum;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** A small published generator (mulberry32): for making people up, never for keys. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
