/** A first scenario file: small, whole, green, and commented where a beginner stops. */

/** @param name kebab-case: it is the id of the scenario */
export function starterText(name: string): string {
  return `# yaml-language-server: $schema=node_modules/custody/schema/scenario.schema.json
scenario: ${name} # unique, kebab-case
title: A child's score waits for a parent
rule: 16 CFR 312.5(a)(1)                # what says so
firmness: rule                          # order | rule | guidance | design (our protective choice)
service:
  audience: mixed                       # child-directed | mixed | general
  jurisdiction: US                      # a subject that carries none has this one
  regimes: [coppa]
  purposes:
    game: {use: service}
    training: {use: first-party-training}
  collections:
    scores:
      retain: P1Y                       # ISO 8601, counted from collection; never absent
      fields:
        nickname: {type: string, category: screen-name}
        points: {type: integer, category: not-personal}
  notices:
    - {version: v1, published: 2026-01-05, covers: [game, training]}
steps:
  # \`at\` sets the clock; later steps keep it until the next one.
  - at: 2026-05-01T16:00:00-05:00
    register: {subject: kid, timeZone: America/Chicago}
  - evidence: {subject: kid, kind: birth-date, value: 2016-03-04, source: sign-up-screen}
    expect: {band: child}
  # Refused: nobody has agreed. A step without \`expect\` must succeed.
  - collect:
      subject: kid
      collection: scores
      purpose: game
      values: {nickname: fox, points: 7}
      as: too-early
    expect: {refused: consent-required}
  - request:
      subject: kid
      purposes: [game, training]
      method: signed-form
      contact: parent@example.com
      as: ask
  # The parent says yes to the game and no to training, and returns a signed form.
  - answer:
      request: ask
      outcome: verified
      grants: [game]
      refuses: [training]
      reported: signed-form
      conditions: {returned-by: scan}
      as: ok
    expect: {consent: given}
  # A step can be done many times: {i} is the number of the turn.
  - repeat: {from: 1, to: 3, as: "score-{i}"}
    collect:
      subject: kid
      collection: scores
      purpose: game
      values: {nickname: "fox-{i}", points: 9}
    expect: {stored: true}
  - read: {record: score-1, purpose: training}
    expect: {refused: consent-refused}
`;
}
