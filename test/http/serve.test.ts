/** Whether a model may be served, asked over a real loopback server and by the guard. */
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isCustodyError } from "../../src/errors.js";
import {
  SERVE_ANSWER_BYTES_MAX,
  SERVE_CACHE_MS_MAX,
  SERVE_TARGET_CHARACTERS_MAX,
  SERVE_TIMEOUT_MS_MAX,
  type ServeSource,
  serveGuard,
  serveHandler,
} from "../../src/http/index.js";
import type { ModelId, SubjectId } from "../../src/lib/id.js";
import { world } from "../world.js";

type World = Awaited<ReturnType<typeof world>>;
type Listener = Parameters<typeof createServer>[1];
const TOKEN = { authorization: "Bearer right" };
const UNKNOWN = "mod_01jd0000000000000000000000";
const authorize = (asked: IncomingMessage) => asked.headers.authorization === TOKEN.authorization;

let w: World;
let model: ModelId;
let subject: SubjectId;
const servers: Server[] = [];

beforeEach(async () => {
  w = await world();
  subject = await w.born("1980-01-01");
  await w.app.records.collect({
    subject,
    collection: "intake",
    purpose: "training",
    values: { weightKg: 70 },
  });
  const select = {};
  const { id } = await w.app.datasets.seal({ name: "d", purpose: "training", select });
  const from = [{ id, relation: "trained-on" }] as const;
  model = await w.app.models.begin({ name: "m", purpose: "training", from });
  await w.app.models.complete({ model, digest: "a".repeat(64), places: [] });
});

afterEach(async () => {
  for (const server of servers.splice(0)) await stopped(server);
  await w.dispose();
});

async function listening(handler: Listener): Promise<{ server: Server; url: string }> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function stopped(server: Server): Promise<void> {
  server.closeAllConnections();
  if (server.listening) await new Promise((done) => server.close(done));
}

const served = () => listening(serveHandler(w.app, { authorize }));

async function freeze(): Promise<void> {
  await w.app.orders.open({
    title: "In re Pace",
    citation: "No. 1",
    opened: "2021-02-10",
    select: { subject },
    remedy: {
      data: { destroy: "P30D" },
      models: { relation: "in-whole-or-in-part", destroy: "P90D" },
      freeze: "immediately",
    },
  });
}

/** What a guard says: "" for a yes, else its code. */
async function said(guard: () => Promise<void>): Promise<string> {
  try {
    await guard();
    return "";
  } catch (error) {
    return isCustodyError(error) ? error.code : String(error);
  }
}

describe("the answer", () => {
  const get = async (url: string, path: string, init: RequestInit = {}) => {
    const response = await fetch(`${url}${path}`, { headers: TOKEN, ...init });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
  };

  test("a clean model is 200, and from the instant of the order it is 403 with the cause", async () => {
    const { url } = await served();
    const path = `/models/${model}/may-serve`;
    const yes = await get(url, path);
    expect(yes.status).toBe(200);
    expect(yes.body).toEqual({ model, mayServe: true, state: "clean" });
    await freeze();
    const no = await get(url, path);
    expect(no.status).toBe(403);
    expect(no.body).toMatchObject({ model, mayServe: false, state: "frozen" });
    expect(no.body.because).toMatch(/^order ord_/);
  });

  test("no answer may be kept, and none is confirmed unread", async () => {
    const { url } = await served();
    const path = `/models/${model}/may-serve`;
    for (const headers of [TOKEN, { ...TOKEN, "if-none-match": "*" }]) {
      const answer = await get(url, path, { headers });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("etag")).toBe(null);
    }
    const none = await get(url, "/elsewhere");
    expect(none.headers.get("cache-control")).toBe("no-store");
  });

  test("a model that is being trained is 403, one that nobody knows 404", async () => {
    const { url } = await served();
    const from = [{ id: model, relation: "fine-tuned-from" }] as const;
    const training = await w.app.models.begin({ name: "n", purpose: "training", from });
    const begun = await get(url, `/models/${training}/may-serve`);
    expect(begun).toMatchObject({ status: 403, body: { mayServe: false, state: "training" } });
    const absent = await get(url, `/models/${UNKNOWN}/may-serve`);
    expect(absent).toMatchObject({ status: 404, body: { mayServe: false, state: "unknown" } });
  });

  test("what is no question of ours is said to be none, and HEAD is a GET without words", async () => {
    const { url } = await served();
    const path = `/models/${model}/may-serve`;
    const status = async (of: string, init: RequestInit = {}) => (await get(url, of, init)).status;
    expect(await status(path, { method: "HEAD" })).toBe(200);
    expect(await status(path, { method: "DELETE" })).toBe(405);
    expect((await get(url, path, { method: "PUT" })).headers.get("allow")).toBe("GET, HEAD");
    expect(await status(`${path}?force=1`)).toBe(400);
    expect(await status("/models/clean/may-serve")).toBe(400);
    expect(await status(`/models/${model.replace("mod_", "dat_")}/may-serve`)).toBe(400);
    expect(await status(`/models/${model}`)).toBe(404);
    expect(await status("/")).toBe(404);
  });

  test("a request is bounded: a long target is 414, a body 413", async () => {
    const { url } = await served();
    const path = `/models/${model}/may-serve`;
    const long = `/${"x".repeat(SERVE_TARGET_CHARACTERS_MAX)}`;
    expect((await get(url, long)).status).toBe(414);
    expect((await get(url, long.slice(0, -1))).status).toBe(404);
    expect((await get(url, path, { method: "POST", body: "x" })).status).toBe(413);
    const chunked = new Promise<number | undefined>((done, failed) => {
      const headers = { ...TOKEN, "transfer-encoding": "chunked" };
      const asked = request(`${url}${path}`, { headers }, (got) => done(got.statusCode));
      asked.on("error", failed).end("x");
    });
    expect(await chunked).toBe(413);
  });

  test("whoever is not let in learns nothing, not even which models there are", async () => {
    const { url } = await served();
    for (const path of [`/models/${model}/may-serve`, `/models/${UNKNOWN}/may-serve`, "/", "/x"]) {
      const answer = await get(url, path, { headers: { authorization: "Bearer wrong" } });
      expect(answer.status, path).toBe(401);
      expect(answer.body).toEqual({ mayServe: false, error: "unauthorized" });
      expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer /);
    }
  });

  test("only true lets in, and a hook that fails lets nobody in", async () => {
    const path = `/models/${model}/may-serve`;
    for (const [answer, status] of [
      [true, 200],
      [1, 401],
      ["yes", 401],
      [undefined, 401],
    ] as const) {
      const { url } = await listening(serveHandler(w.app, { authorize: () => answer as boolean }));
      expect((await get(url, path)).status, String(answer)).toBe(status);
    }
    const failing = serveHandler(w.app, { authorize: () => Promise.reject(new Error("secret-9")) });
    const answer = await get((await listening(failing)).url, path);
    expect(answer.status).toBe(503);
    expect(answer.body).toEqual({ mayServe: false, error: "unexpected" });
  });

  test("there is no handler without a hook", () => {
    const code = (options: unknown) => {
      try {
        serveHandler(w.app, options as never);
        return "made";
      } catch (error) {
        return isCustodyError(error) ? error.code : "other";
      }
    };
    expect(code({ authorize })).toBe("made");
    expect(code(undefined)).toBe("option-invalid");
    expect(code({})).toBe("option-invalid");
    expect(code({ authorize: true })).toBe("option-invalid");
    expect(code({ authorize, authorise: authorize })).toBe("option-unknown");
  });

  test("a store that is gone is 503 with its code: nothing is served", async () => {
    const other = await world({ store: "sqlite" });
    const { url } = await listening(serveHandler(other.app, { authorize }));
    const path = `/models/${UNKNOWN}/may-serve`;
    expect((await get(url, path)).status).toBe(404);
    await other.store.close();
    const answer = await get(url, path);
    expect(answer).toMatchObject({ status: 503, body: { mayServe: false, error: "store-closed" } });
    await other.dispose();
  });
});

describe("the guard", () => {
  const at = (url: string, more: object = {}) =>
    serveGuard(url, model, { headers: TOKEN, ...more });

  test("passes a clean model and refuses it from the instant of the order, near and far", async () => {
    const { url } = await served();
    const guards = [
      serveGuard(w.app, model),
      at(url),
      serveGuard(new URL(url), model, { headers: TOKEN }),
    ];
    for (const guard of guards) expect(await said(guard)).toBe("");
    await freeze();
    for (const guard of guards) expect(await said(guard)).toBe("model-frozen");
    const error = await guards[1]?.().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ refusal: true, details: { id: model, state: "frozen" } });
    expect((error as { details: { reason: string } }).details.reason).toMatch(/^order ord_/);
  });

  test("a model that nobody knows is refused, near and far", async () => {
    const { url } = await served();
    for (const from of [w.app, url]) {
      expect(await said(serveGuard(from, UNKNOWN, { headers: TOKEN }))).toBe("model-frozen");
    }
  });

  test("a server that is down is a refusal, also after it had said yes", async () => {
    const { server, url } = await served();
    const guard = at(url);
    expect(await said(guard)).toBe("");
    await stopped(server);
    expect(await said(guard)).toBe("serve-unknown");
  });

  test("a store that is down is a refusal", async () => {
    const broken: ServeSource = {
      models: { mayServe: () => Promise.reject(new Error("secret-9")) },
    };
    const error = await serveGuard(broken, model)().catch((thrown: unknown) => thrown);
    expect(isCustodyError(error, "serve-unknown")).toBe(true);
    expect((error as Error).message).not.toContain("secret-9");
  });

  test("a wrong key, or somebody else's answer, is a refusal", async () => {
    const { url } = await served();
    expect(await said(serveGuard(url, model))).toBe("serve-unknown");
    const yes = { model, mayServe: true, state: "clean" };
    const answers: readonly (readonly [number, string, string])[] = [
      [200, JSON.stringify(yes), ""],
      [200, JSON.stringify({ ...yes, model: UNKNOWN }), "serve-unknown"],
      [200, JSON.stringify({ ...yes, state: "frozen" }), "serve-unknown"],
      [200, JSON.stringify({ ...yes, mayServe: "true" }), "serve-unknown"],
      [200, JSON.stringify({ mayServe: true, state: "clean" }), "serve-unknown"],
      [200, JSON.stringify({ ...yes, mayServe: false, state: "frozen" }), "serve-unknown"],
      [200, "<html>it works</html>", "serve-unknown"],
      [200, "", "serve-unknown"],
      [200, JSON.stringify(yes) + " ".repeat(SERVE_ANSWER_BYTES_MAX), "serve-unknown"],
      [500, JSON.stringify(yes), "serve-unknown"],
      [403, JSON.stringify(yes), "serve-unknown"],
      [403, JSON.stringify({ ...yes, mayServe: false, state: "suspect" }), "model-frozen"],
    ];
    for (const [status, body, code] of answers) {
      const other = await listening((_, response) => response.writeHead(status).end(body));
      expect(await said(at(other.url)), `${status} ${body.slice(0, 80)}`).toBe(code);
    }
  });

  test("a yes is not fetched from where the server points to", async () => {
    const open = await listening(serveHandler(w.app, { authorize: () => true }));
    const pointing = await listening((asked, response) =>
      response.writeHead(307, { location: `${open.url}${asked.url}` }).end(),
    );
    expect(await said(at(pointing.url))).toBe("serve-unknown");
    expect(await said(at(open.url))).toBe("");
  });

  test("an answer that does not come in time is a refusal, near and far", async () => {
    const silent = await listening(() => undefined);
    const never: ServeSource = { models: { mayServe: () => new Promise(() => undefined) } };
    expect(await said(at(silent.url, { timeoutMs: 20 }))).toBe("serve-unknown");
    expect(await said(serveGuard(never, model, { timeoutMs: 20 }))).toBe("serve-unknown");
  });

  test("without a time to keep it every yes is asked for anew", async () => {
    let asked = 0;
    const source: ServeSource = {
      models: { mayServe: (id) => w.app.models.mayServe(id).finally(() => (asked += 1)) },
    };
    const guard = serveGuard(source, model, { now: () => 0 });
    for (const times of [1, 2, 3]) {
      expect(await said(guard)).toBe("");
      expect(asked).toBe(times);
    }
  });

  test("a yes is kept for its time from before it was asked for, a no never", async () => {
    const clock = { ms: 1_000 };
    const source: ServeSource = {
      models: {
        mayServe: async (id) => {
          clock.ms += 10;
          return w.app.models.mayServe(id);
        },
      },
    };
    const guard = serveGuard(source, model, { cacheMs: 100, now: () => clock.ms });
    expect(await said(guard)).toBe("");
    await freeze();
    clock.ms = 1_099;
    expect(await said(guard)).toBe("");
    clock.ms = 1_100;
    expect(await said(guard)).toBe("model-frozen");
    expect(await said(guard)).toBe("model-frozen");
    expect(await said(serveGuard(w.app, model, { cacheMs: 100 }))).toBe("model-frozen");
  });

  test("a clock that goes back, or is none, keeps no yes", async () => {
    for (const later of [999, Number.NaN]) {
      const clock = { ms: 1_000 };
      const answers = [true, false];
      const source: ServeSource = {
        models: {
          mayServe: async () => ({
            mayServe: answers.shift() ?? false,
            state: "clean",
            because: "",
          }),
        },
      };
      const guard = serveGuard(source, model, { cacheMs: 100, now: () => clock.ms });
      expect(await said(guard)).toBe("");
      clock.ms = later;
      expect(await said(guard)).toBe("model-frozen");
    }
  });

  test("options and places that make no sense are refused before anything is asked", () => {
    const code = (from: unknown, id: string, options: object = {}) => {
      try {
        serveGuard(from as string, id, options);
        return "made";
      } catch (error) {
        return isCustodyError(error) ? error.code : "other";
      }
    };
    const url = "https://custody.example/base";
    expect(code(url, model)).toBe("made");
    expect(code(url, "clean")).toBe("id-invalid");
    for (const odd of [
      "custody.example",
      "ftp://x.example",
      `${url}?a=1`,
      "http://a:b@x.example",
    ]) {
      expect(code(odd, model), odd).toBe("option-invalid");
    }
    expect(code(url, model, { cacheMs: SERVE_CACHE_MS_MAX })).toBe("made");
    expect(code(url, model, { cacheMs: SERVE_CACHE_MS_MAX + 1 })).toBe("option-invalid");
    expect(code(url, model, { cacheMs: -1 })).toBe("option-invalid");
    expect(code(url, model, { timeoutMs: SERVE_TIMEOUT_MS_MAX + 1 })).toBe("option-invalid");
    expect(code(url, model, { timeoutMs: 0 })).toBe("option-invalid");
    expect(code(url, model, { cache: 1 })).toBe("option-unknown");
  });

  test("a base with a path is asked below it", async () => {
    const inner = serveHandler(w.app, { authorize });
    const { url } = await listening((asked, response) => {
      asked.url = (asked.url ?? "").replace(/^\/custody/, "");
      return inner(asked, response);
    });
    expect(await said(at(`${url}/custody`))).toBe("");
    expect(await said(at(`${url}/custody/`))).toBe("");
    expect(await said(at(`${url}/other`))).toBe("serve-unknown");
  });
});
