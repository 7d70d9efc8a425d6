/** A run as a file of the scenario format: what the reference says is what the file expects. */
import { Document, isMap, isScalar, visit } from "yaml";
import { FIRST_NOTICE, isoOf, type ModelService, type Said, type Step } from "./steps.js";

interface Look {
  readonly verb: string;
  readonly body: object;
  readonly expected: Said;
}

/** @param looks steps added at the end, which show what the steps before them have led to */
export function scenarioText(
  service: ModelService,
  steps: readonly Step[],
  expectations: readonly Said[],
  looks: readonly Look[] = [],
): string {
  const { start, ...rest } = service;
  let clock: number | undefined;
  const written = steps.map(({ at, verb, body }, index) => {
    const moved = at === clock ? {} : { at: isoOf(at) };
    clock = at;
    const said = expectations[index] ?? {};
    return {
      ...moved,
      [verb]: bodyOf(verb, body),
      ...(Object.keys(said).length === 0 ? {} : { expect: said }),
    };
  });
  const shown = looks.map(({ verb, body, expected }) => ({ [verb]: body, expect: expected }));
  const file = {
    scenario: "found-by-the-model",
    title: "Client and reference part at the last step",
    rule: "scenario format",
    firmness: "design",
    service: {
      ...rest,
      notices: [
        { version: FIRST_NOTICE, published: isoOf(start), covers: Object.keys(service.purposes) },
      ],
    },
    steps: [...written, ...shown],
  };
  const document = new Document(file, { aliasDuplicateObjects: false });
  // What lies deeper than a key of the service or of a step stands on one line.
  visit(document, {
    Collection: (_, node, path) => {
      const inStep = path.some(
        (one) => "key" in one && isScalar(one.key) && one.key.value === "steps",
      );
      const depth = path.filter((one) => "items" in one).length;
      if (isMap(node) || depth > 2) node.flow = depth > (inStep ? 2 : 3);
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** The format writes what a provider does not say as `absent`. */
function bodyOf(verb: string, body: object): object {
  return verb === "answer" && !("reported" in body) ? { ...body, reported: "absent" } : body;
}
