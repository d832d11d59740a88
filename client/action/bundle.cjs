// Made by scripts/action.mjs from client/action/main.ts: change those, then run `node scripts/action.mjs`.

// client/action/main.ts
var import_node_os2 = require("node:os");

// client/action/commands.ts
function command(name, message, properties = {}) {
  const written = Object.entries(properties).map(([key, value]) => `${key}=${escapedProperty(value)}`);
  return `::${name}${written.length === 0 ? "" : ` ${written.join(",")}`}::${escapedData(message)}
`;
}
function harmless(text) {
  return text.replaceAll("##[", "## [");
}
function escapedData(text) {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
function escapedProperty(text) {
  return escapedData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

// client/action/failures.ts
var Away = class extends Error {
  constructor(message, retryAfterMs = 0, options) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
    this.name = "Away";
  }
  retryAfterMs;
};
var Refused = class extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
    this.name = "Refused";
  }
  status;
};
var SetupError = class extends Error {
  name = "SetupError";
};
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

// model/outcome.ts
var OUTCOMES = {
  released: { exitCode: 0, good: true },
  checked: { exitCode: 0, good: true },
  /** Admit found that what was asked cannot be done as configured; nothing was started. */
  invalid: { exitCode: 2, good: false },
  "gate-failed": { exitCode: 10, good: false },
  "gate-undetermined": { exitCode: 11, good: false },
  "image-failed": { exitCode: 12, good: false },
  "not-approved": { exitCode: 13, good: false },
  superseded: { exitCode: 14, good: false },
  aborted: { exitCode: 15, good: false },
  refused: { exitCode: 16, good: false },
  "rolled-back": { exitCode: 20, good: false },
  "rollback-failed": { exitCode: 21, good: false },
  "partly-released": { exitCode: 22, good: false },
  undetermined: { exitCode: 23, good: false }
};
var EXIT = { ok: 0, internal: 1, usage: 2, unreachable: 3, terminated: 24 };
function isOutcomeName(text) {
  return Object.hasOwn(OUTCOMES, text);
}

// client/render/durations.ts
var SECOND_MS = 1e3;
var MINUTE_MS = 60 * SECOND_MS;
var HOUR_MS = 60 * MINUTE_MS;
var DAY_MS = 24 * HOUR_MS;
function duration(ms) {
  const past = Math.max(0, ms);
  if (past < MINUTE_MS) return `${(Math.floor(past / 100) / 10).toFixed(1)} s`;
  if (past < HOUR_MS) return pair(past, MINUTE_MS, "min", SECOND_MS, "s");
  if (past < DAY_MS) return pair(past, HOUR_MS, "h", MINUTE_MS, "min");
  return pair(past, DAY_MS, "d", HOUR_MS, "h");
}
function elapsed(ms) {
  const past = Math.max(0, ms);
  const two = (value) => String(Math.floor(value)).padStart(2, "0");
  if (past < MINUTE_MS) return `${(Math.floor(past / 100) / 10).toFixed(1)}s`;
  if (past < HOUR_MS) return `${Math.floor(past / MINUTE_MS)}m${two(past % MINUTE_MS / SECOND_MS)}s`;
  if (past < DAY_MS) return `${Math.floor(past / HOUR_MS)}h${two(past % HOUR_MS / MINUTE_MS)}m`;
  return `${Math.floor(past / DAY_MS)}d${two(past % DAY_MS / HOUR_MS)}h`;
}
function pair(ms, large, largeUnit, small, smallUnit) {
  const rest = Math.floor(ms % large / small);
  return `${Math.floor(ms / large)} ${largeUnit}${rest === 0 ? "" : ` ${rest} ${smallUnit}`}`;
}

// client/render/sentences.ts
var GATE_VERB = {
  waiting: "waits",
  running: "started",
  passed: "passed",
  failed: "failed",
  undetermined: "could not tell",
  stopped: "was stopped"
};
var QUOTED_LINES = 12;
var NODE_INTERNAL_FRAME = /^at .*\(?node:internal\//;
function subjectOf(event) {
  switch (event.kind) {
    case "phase":
    case "progress":
      return event.phase;
    case "gate":
      return "gates";
    case "approval":
      return "approval";
    case "note":
      return "note";
  }
}
function sentenceOf(event, workflowId) {
  switch (event.kind) {
    case "phase":
      return inEnvironment(event.environment, oneLine(phaseSentence(event)));
    case "gate": {
      const time = event.durationMs === void 0 ? "" : ` ${event.state === "passed" ? "in" : "after"} ${duration(event.durationMs)}`;
      return oneLine(`${event.gate} ${GATE_VERB[event.state]}${time}${event.cause === "" ? "" : `: ${event.cause}`}`);
    }
    case "progress":
      return inEnvironment(event.environment, oneLine(event.text));
    case "approval":
      return inEnvironment(event.environment, approvalSentence(event, workflowId));
    case "note":
      return oneLine(event.text);
  }
}
function quotedLines(tail = "") {
  const lines = tail.split("\n").map(oneLine);
  return lines.filter((text) => text !== "" && !NODE_INTERNAL_FRAME.test(text)).slice(-QUOTED_LINES);
}
function endSentence(end) {
  return oneLine(end.terminated ? `terminated: ${end.cause}` : `${end.outcome.outcome}: ${end.outcome.cause}`);
}
function phaseSentence({ state, detail, durationMs }) {
  const word = state === "running" ? "started" : state === "done" ? "done" : "failed";
  const time = durationMs === void 0 ? "" : ` ${state === "done" ? "in" : "after"} ${duration(durationMs)}`;
  return `${word}${time}${detail === "" ? "" : `: ${detail}`}`;
}
function approvalSentence(event, workflowId) {
  const given = `${event.approvedBy.length} of ${event.minimum} approvals`;
  const by = event.approvedBy.length === 0 ? "" : ` (${event.approvedBy.join(", ")})`;
  const missing = event.missing?.length ? `, missing ${event.missing.join(", ")}` : "";
  const left = event.expiresAt > event.at ? `, expires in ${duration(event.expiresAt - event.at)}` : "";
  const changes = event.changes.length === 0 ? "" : ` It would change: ${event.changes.join("; ")}.`;
  return oneLine(
    `${given}${by}${missing}${left}: sluice approve ${workflowId}, or sluice reject ${workflowId}.${changes}`
  );
}
function inEnvironment(environment, text) {
  return environment === void 0 ? text : `${environment}: ${text}`;
}
function oneLine(text) {
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "").replace(/[\u0000-\u001f\u007f\u0080-\u009f]+/g, " ").trim();
}

// client/action/annotation.ts
function annotationOf(result, snapshot) {
  const { exitCode, outcome, cause } = result;
  if (exitCode === 0) return "";
  const write = (level, title, text) => command(level, harmless(oneLine(text)), { title });
  if (outcome === "") return write("warning", "The end of the release is not known here", cause);
  const gate = outcome.startsWith("gate-") ? firstBadGate(snapshot) : void 0;
  if (gate === void 0) return write("error", `Sluice: ${outcome}`, cause);
  const verb = gate.state === "failed" ? "failed" : "could not tell";
  return write("error", `Gate ${gate.gate} ${verb}`, gate.cause);
}
function firstBadGate(snapshot) {
  const gates = snapshot?.release.gates ?? [];
  const bad = gates.filter(({ state }) => state === "failed" || state === "undetermined");
  return bad.find(({ state }) => state === "failed") ?? bad[0];
}

// client/action/environment-files.ts
var import_node_crypto = require("node:crypto");
var import_promises = require("node:fs/promises");
function fileCommand(values) {
  return Object.entries(values).map(([name, value]) => {
    const end = `end_${(0, import_node_crypto.randomUUID)()}`;
    return `${name}<<${end}
${value}
${end}
`;
  }).join("");
}
async function appendTo(file, text) {
  if (file === void 0 || file === "") return;
  await (0, import_promises.appendFile)(file, text, "utf8");
}

// client/action/follow.ts
var import_promises3 = require("node:timers/promises");

// client/release-events.ts
function deriveEvents(before, now) {
  const events = [
    ...phaseEvents(before, now),
    ...now.release.gates.flatMap((gate) => gateEvent(before?.release.gates, gate, now.at)),
    ...approvalEvent(before, now),
    ...progressEvents(before, now)
  ];
  return events.sort((a, b) => a.at - b.at);
}
function phasesOf({ release, deployment }) {
  const phases = new Map(release.phases.map((phase) => [keyOf(phase), phase]));
  for (const phase of deployment?.phases ?? []) {
    const placed = { ...phase, environment: phase.environment ?? deployment?.environment };
    phases.set(keyOf(placed), placed);
  }
  return [...phases.values()].sort((a, b) => a.startedAt - b.startedAt);
}
function phaseEvents(before, now) {
  const known = new Map((before === void 0 ? [] : phasesOf(before)).map((phase) => [keyOf(phase), phase]));
  return phasesOf(now).flatMap((status) => {
    const last = known.get(keyOf(status));
    const { phase, state, detail, startedAt, endedAt } = status;
    const where = status.environment === void 0 ? {} : { environment: status.environment };
    if (last?.state === state) {
      if (last.detail === detail || state !== "running") return [];
      return [{ kind: "progress", at: now.at, phase, ...where, text: detail }];
    }
    const event = { kind: "phase", phase, ...where, state, detail };
    if (state === "running") return [{ ...event, at: startedAt }];
    return [{ ...event, at: endedAt ?? now.at, ...endedAt !== void 0 && { durationMs: endedAt - startedAt } }];
  });
}
function keyOf({ environment, phase, startedAt }) {
  return `${environment ?? ""}/${phase}/${startedAt}`;
}
function gateEvent(before, gate, observedAt) {
  const last = before?.find(({ gate: name }) => name === gate.gate);
  if (gate.state === "waiting" || last?.state === gate.state) return [];
  const { startedAt, durationMs } = gate;
  const began = startedAt ?? observedAt;
  return [
    {
      kind: "gate",
      at: gate.state === "running" ? began : startedAt === void 0 ? observedAt : began + (durationMs ?? 0),
      gate: gate.gate,
      state: gate.state,
      cause: gate.cause,
      ...durationMs !== void 0 && { durationMs },
      ...gate.tail !== void 0 && { tail: gate.tail }
    }
  ];
}
function approvalEvent(before, now) {
  const waiting = now.release.waitingForApproval;
  const last = before?.release.waitingForApproval;
  if (waiting === void 0 || JSON.stringify(waiting) === JSON.stringify(last)) return [];
  return [{ kind: "approval", at: now.at, ...waiting }];
}
function progressEvents(before, now) {
  const running = phasesOf(now).findLast(({ state }) => state === "running");
  if (running === void 0) return [];
  const where = running.environment === void 0 ? {} : { environment: running.environment };
  return now.activities.filter(({ id, text }) => text !== "" && before?.activities.find((other) => other.id === id)?.text !== text).map(({ text }) => ({ kind: "progress", at: now.at, phase: running.phase, ...where, text }));
}

// client/action/patience.ts
var import_promises2 = require("node:timers/promises");
var FIRST_PAUSE_MS = 500;
var LAST_PAUSE_MS = 1e4;
async function patiently(attempt, { patienceMs, signal, note }) {
  let failures = 0;
  let since = 0;
  for (; ; ) {
    try {
      const answer = await attempt(failures);
      if (failures > 1) note("The gateway answers again.");
      return answer;
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      failures += 1;
      if (failures === 1) since = performance.now();
      const pauseMs = Math.max(error.retryAfterMs, Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)));
      if (performance.now() - since + pauseMs > patienceMs) throw error;
      if (failures === 2) note(`No answer at the moment, trying again: ${error.message}`);
      await (0, import_promises2.setTimeout)(pauseMs, void 0, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

// client/action/follow.ts
var LONG_POLL_SECONDS = 20;
var LEAST_ROUND_MS = 500;
async function follow(client, started, options) {
  const { until, renderer, patienceMs, signal, onSnapshot } = options;
  const note = (text) => renderer.event({ kind: "note", at: Date.now(), text });
  const deadline = performance.now() + options.timeoutMs;
  let ticket = started.ticket;
  let version;
  let last;
  let silent = false;
  for (; ; ) {
    const beganAt = performance.now();
    if (beganAt >= deadline) return { kind: "timeout" };
    const waitSeconds = Math.min(LONG_POLL_SECONDS, Math.ceil((deadline - beganAt) / 1e3));
    const look = (failures) => client.look({ ...started, ticket }, version, failures > 0 ? 0 : waitSeconds, signal);
    const seen = await patiently(look, { patienceMs, signal, note });
    version = seen.version;
    ticket = seen.ticket ?? ticket;
    const { snapshot, silence, end } = seen;
    if (silence !== void 0 && !silent) note(`No details at the moment: ${silence}`);
    if (snapshot !== void 0) {
      if (silent) note("The release answers again.");
      deriveEvents(last, snapshot).forEach((event) => renderer.event(event));
      last = snapshot;
      onSnapshot(snapshot);
    }
    silent = silence !== void 0;
    if (end !== void 0) {
      renderer.end(end);
      return { kind: "ended", end };
    }
    if (until === "gates" && last !== void 0 && gatesPassed(last)) return { kind: "gates passed" };
    const restMs = LEAST_ROUND_MS - (performance.now() - beganAt);
    if (restMs > 0) await (0, import_promises3.setTimeout)(restMs, void 0, { signal }).catch(() => signal.throwIfAborted());
  }
}
function gatesPassed({ release }) {
  return release.phases.some(({ phase, state }) => phase === "gates" && state === "done");
}

// model/json.ts
function isJsonObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function textOf(value) {
  return typeof value === "string" ? value : void 0;
}

// client/action/answers.ts
function startedOf(body) {
  const { workflowId, runId, ticket, attached } = body;
  if (typeof workflowId !== "string" || typeof runId !== "string" || typeof ticket !== "string") throw notAGateway();
  const uiUrl = textOf(body["uiUrl"]);
  const isPage = uiUrl !== void 0 && /^https?:\/\//.test(uiUrl) && URL.canParse(uiUrl);
  return { workflowId, runId, ticket, attached: attached === true, ...isPage && { uiUrl } };
}
function seenOf(body) {
  const { version, ended } = body;
  if (typeof version !== "number") throw notAGateway();
  const snapshot = snapshotOf(body);
  const silence = textOf(body["silence"]);
  const ticket = textOf(body["ticket"]);
  return {
    version,
    ...snapshot && { snapshot },
    ...silence !== void 0 && { silence },
    ...ticket !== void 0 && { ticket },
    ...isJsonObject(ended) && { end: endOf(ended) }
  };
}
function snapshotOf({ at, release, deployment, activities }) {
  if (release === void 0) return void 0;
  const isRelease = isJsonObject(release) && Array.isArray(release["phases"]) && Array.isArray(release["gates"]);
  const isDeployment = deployment === void 0 || isJsonObject(deployment) && Array.isArray(deployment["phases"]);
  if (!isRelease || !isDeployment || typeof at !== "number" || !Array.isArray(activities)) throw notAGateway();
  return { at, release, activities, ...deployment && { deployment } };
}
function endOf(ended) {
  const { outcome: name, cause, commit, digest } = ended;
  if (typeof name !== "string" || typeof cause !== "string") throw notAGateway();
  if (name === "terminated") return { terminated: true, cause };
  return {
    terminated: false,
    outcome: {
      ...isOutcomeName(name) ? { outcome: name, cause } : { outcome: "undetermined", cause: `${name}: ${cause}` },
      commit: textOf(commit) ?? "",
      ...typeof digest === "string" && { digest },
      // One by one they are in the cause, and in the phases.
      environments: []
    }
  };
}
function notAGateway() {
  return new Away("the gateway answers with something else than a gateway does");
}

// client/action/ask-json.ts
var MAX_BYTES = 8 * 1024 * 1024;
var LONGEST_PAUSE_MS = 6e4;
async function askJson(who, url, question) {
  const { method, token, body, limitMs, signal } = question;
  signal.throwIfAborted();
  const limit = limitOf(limitMs, signal);
  try {
    const response = await fetch(url, {
      method,
      headers: {
        accept: "application/json",
        authorization: `Bearer ${token}`,
        ...body && { "content-type": "application/json" }
      },
      ...body && { body: JSON.stringify(body) },
      redirect: "error",
      signal: limit.signal
    });
    return answerOf(who, response, await textOf2(response));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Away) throw error;
    const why = limit.signal.aborted ? `no answer within ${limitMs / 1e3} s` : reasonOf(error);
    throw new Away(`${who} cannot be reached: ${why}`, 0, { cause: error });
  } finally {
    limit.forget();
  }
}
function answerOf(who, response, text) {
  const { status } = response;
  const body = parsed(text);
  const waitMs = Math.min(LONGEST_PAUSE_MS, 1e3 * (Number(response.headers.get("retry-after")) || 0));
  if (status >= 500 || status === 429 || status === 408) {
    throw new Away(`${who} answers ${status}${sentenceIn(body)}`, waitMs);
  }
  if (body === void 0) throw new Away(`${who} answers ${status} with something else than a JSON object`, waitMs);
  return { status, body };
}
async function textOf2(response) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`an answer of more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return isJsonObject(value) ? value : void 0;
  } catch {
    return void 0;
  }
}
function sentenceIn(body) {
  const error = body?.["error"];
  return isJsonObject(error) && typeof error["message"] === "string" ? `: ${error["message"]}` : "";
}
function reasonOf(error) {
  return error instanceof Error && error.cause instanceof Error ? messageOf(error.cause) : messageOf(error);
}
function limitOf(limitMs, signal) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, limitMs);
  signal.addEventListener("abort", abort, { once: true });
  return {
    signal: controller.signal,
    forget: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  };
}

// client/action/gateway-client.ts
var WRITE_LIMIT_MS = 3e4;
var READ_MARGIN_MS = 15e3;
function gatewayClient({ inputs, token, mask }) {
  const ask = async (path, question) => {
    const given = question.token ?? await token(question.signal);
    mask(given);
    const url = new URL(`${inputs.gateway}${path}`);
    const { status, body } = await askJson("the gateway", url, { ...question, token: given });
    if (status >= 400) throw new Refused(status, sentenceOf2(body, status));
    return body;
  };
  return {
    async start(signal) {
      const { purpose, project, commit, environments, allowOlder } = inputs;
      const body = { purpose, project, commit, environments, ...allowOlder !== void 0 && { allowOlder } };
      const started = startedOf(await ask("/v1/releases", { method: "POST", body, limitMs: WRITE_LIMIT_MS, signal }));
      mask(started.ticket);
      return started;
    },
    async look({ workflowId, runId, ticket }, since, waitSeconds, signal) {
      const query = new URLSearchParams({ run: runId, waitSeconds: String(waitSeconds) });
      if (since !== void 0) query.set("since", String(since));
      const path = `/v1/releases/${encodeURIComponent(workflowId)}?${query.toString()}`;
      const limitMs = waitSeconds * 1e3 + READ_MARGIN_MS;
      const seen = seenOf(await ask(path, { method: "GET", token: ticket, limitMs, signal }));
      if (seen.ticket !== void 0) mask(seen.ticket);
      return seen;
    },
    async abort({ workflowId, runId }, reason, signal) {
      const query = runId === void 0 ? "" : `?run=${encodeURIComponent(runId)}`;
      const path = `/v1/releases/${encodeURIComponent(workflowId)}/abort${query}`;
      await ask(path, { method: "POST", body: { reason }, limitMs: WRITE_LIMIT_MS, signal });
    }
  };
}
function sentenceOf2({ error }, status) {
  const { message, requestId } = isJsonObject(error) ? error : {};
  const id = textOf(requestId);
  return `${textOf(message) ?? `HTTP ${status}.`}${id === void 0 ? "" : ` (request ${id})`}`;
}

// client/render/output.ts
function palette(enabled) {
  const paint = (code2) => (text) => enabled && text !== "" ? `\x1B[${code2}m${text}\x1B[0m` : text;
  return { good: paint(32), bad: paint(31), busy: paint(33), faint: paint(2), bold: paint(1) };
}

// client/exit-code.ts
function exitCodeOf(end) {
  return end.terminated ? EXIT.terminated : OUTCOMES[end.outcome.outcome].exitCode;
}

// client/render/plain.ts
var TIME_WIDTH = 7;
var SUBJECT_WIDTH = 8;
function plainRenderer(output, colours, workflowId) {
  let startedAt;
  let lastAt = 0;
  const line = (at, subject, text) => {
    lastAt = Math.max(lastAt, at);
    const time = elapsed(at - (startedAt ?? at)).padStart(TIME_WIDTH);
    output.write(`${colours.faint(time)}  ${subject.padEnd(SUBJECT_WIDTH)}  ${text}
`);
  };
  return {
    event(event) {
      if (event.kind !== "note") startedAt ??= event.at;
      line(event.at, subjectOf(event), painted(event, sentenceOf(event, workflowId), colours));
      if (event.kind !== "gate") return;
      for (const text of quotedLines(event.tail))
        output.write(`${" ".repeat(TIME_WIDTH)}  ${colours.faint(`| ${text}`)}
`);
    },
    end(end) {
      const paint = exitCodeOf(end) === 0 ? colours.good : colours.bad;
      line(lastAt, "end", paint(endSentence(end)));
    },
    stop: () => void 0
  };
}
function painted(event, text, colours) {
  if (event.kind === "note" || event.kind === "approval") return colours.busy(text);
  if (event.kind === "progress") return colours.faint(text);
  if (event.state === "failed" || event.state === "undetermined") return colours.bad(text);
  return event.state === "done" || event.state === "passed" ? colours.good(text) : text;
}

// client/action/grouped-renderer.ts
function groupedRenderer(write, workflowId) {
  const plain = plainRenderer({ write: (text) => write(harmless(text)) }, palette(false), workflowId);
  let open;
  const turnTo = (group) => {
    if (group === open) return;
    if (open !== void 0) write(command("endgroup", ""));
    if (group !== void 0) write(command("group", group));
    open = group;
  };
  return {
    event(event) {
      turnTo(groupOf(event) ?? open);
      plain.event(event);
    },
    end(end) {
      turnTo(void 0);
      plain.end(end);
    },
    stop: () => turnTo(void 0)
  };
}
function groupOf(event) {
  switch (event.kind) {
    case "phase":
    case "progress":
      return event.environment === void 0 ? event.phase : `${event.environment}: ${event.phase}`;
    case "gate":
      return "gates";
    case "approval":
      return `${event.environment}: approval`;
    case "note":
      return void 0;
  }
}

// model/commit.ts
var FULL_COMMIT = /^[0-9a-f]{40}$/;
function isFullCommit(text) {
  return FULL_COMMIT.test(text);
}

// model/config/units.ts
var MS = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };
var BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
var DURATION = /^([1-9]\d{0,8})(ms|s|m|h|d)$/;
function parseDuration(text) {
  const [, count, unit] = DURATION.exec(text) ?? [];
  return count === void 0 ? void 0 : Number(count) * MS[unit];
}

// client/gateway/issuer.ts
function isTrustedTransport(url) {
  return url.protocol === "https:" || url.protocol === "http:" && /^(?:127(?:\.\d+){3}|\[::1\]|localhost)$/.test(url.hostname);
}

// client/action/inputs.ts
var InputsError = class extends Error {
  constructor(problems) {
    super(problems.join("\n"));
    this.problems = problems;
    this.name = "InputsError";
  }
  problems;
};
var NAME = /^[a-z][a-z0-9-]{0,39}$/;
var REMARK = /^[^\p{Cc}\p{Cf}\u2028\u2029]{1,500}$/u;
var AUDIENCE = /^[\x21-\x7e]{3,256}$/;
function readInputs(env) {
  const problems = [];
  const text = (name) => (env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
  const check = (name, good, expected) => {
    if (!good) problems.push(`Input \`${name}\` must be ${expected}; it is ${shown(text(name))}.`);
  };
  const one = (name, choices, byDefault) => {
    const given = text(name) === "" ? byDefault : text(name);
    const choice = choices.find((each) => each === given);
    check(name, choice !== void 0, `one of ${choices.join(", ")}`);
    return choice ?? byDefault;
  };
  const duration2 = (name, byDefault) => {
    const ms = parseDuration(text(name) === "" ? byDefault : text(name));
    check(name, ms !== void 0, "a duration such as 90s, 30m or 6h");
    return ms ?? 0;
  };
  const gateway = text("gateway").replace(/\/+$/, "");
  check("gateway", isGatewayUrl(gateway), "the https: URL of the gateway, without user, query or fragment");
  const audience = text("audience") === "" ? gateway : text("audience");
  const isAudience = text("audience") === "" || AUDIENCE.test(audience);
  check("audience", isAudience, "3 to 256 printable characters without spaces");
  const project = text("project");
  check("project", NAME.test(project), "the name of a project: 1 to 40 lower-case letters, digits and dashes");
  const commit = text("commit");
  check("commit", isFullCommit(commit), "a full commit id of 40 hex digits in lower case; branches and tags move");
  const purpose = one("purpose", ["release", "check"], "release");
  const environments = listOf(text("environments"));
  const named = environments.length <= 20 && environments.every((name) => NAME.test(name));
  check("environments", named, "at most 20 names of environments, separated by commas or line breaks");
  const allowOlder = text("allow-older");
  check("allow-older", allowOlder === "" || REMARK.test(allowOlder), "a reason of 1 to 500 characters on one line");
  if (purpose === "check" && (environments.length > 0 || allowOlder !== ""))
    problems.push("A check deploys nowhere: leave out the inputs `environments` and `allow-older`.");
  const inputs = {
    gateway,
    audience,
    project,
    commit,
    purpose,
    environments,
    ...allowOlder !== "" && { allowOlder },
    wait: one("wait", ["none", "gates", "all"], "all"),
    onCancel: one("on-cancel", ["detach", "abort"], "detach"),
    timeoutMs: duration2("timeout", "350m"),
    patienceMs: duration2("patience", "5m")
  };
  if (problems.length > 0) throw new InputsError(problems);
  return inputs;
}
function isGatewayUrl(text) {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return isTrustedTransport(url) && url.username === "" && url.password === "" && !/[?#]/.test(text);
}
function listOf(text) {
  const names = text.split(/[,\n]/).map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ""))];
}
function shown(text) {
  return text === "" ? "empty" : `\`${text.length > 80 ? `${text.slice(0, 79)}…` : text}\``;
}

// client/action/let-go.ts
var import_node_os = require("node:os");

// model/ids.ts
function releaseId(purpose, project, commit) {
  return `${purpose}:${project}:${commit}`;
}

// client/action/let-go.ts
var START_GRACE_MS = 2500;
var ABORT_LIMIT_MS = 3500;
async function letGo({ client, inputs, env, asked, started }) {
  const workflowId = started?.workflowId ?? releaseId(inputs.purpose, inputs.project, inputs.commit);
  const how = `Watch it: sluice watch ${workflowId}. End it: sluice abort ${workflowId}.`;
  const result = (cause) => ({
    exitCode: 128 + import_node_os.constants.signals.SIGINT,
    outcome: "",
    cause: `This job was cancelled${cause}`
  });
  if (!asked) return result(" before it asked for a release.");
  if (inputs.onCancel === "detach") {
    return result(
      started === void 0 ? ` while it asked for ${workflowId}: whether that was started is not known. ${how}` : `; ${workflowId} goes on by itself (on-cancel: detach). ${how}`
    );
  }
  try {
    const ref = { workflowId, ...started && { runId: started.runId } };
    const reason = `GitHub's run ${env["GITHUB_RUN_ID"] ?? ""} was cancelled`.replace("  ", " ");
    await client.abort(ref, reason, AbortSignal.timeout(ABORT_LIMIT_MS));
    return result(`; ${workflowId} was told to abort and rolls back what it has changed. ${how}`);
  } catch (error) {
    const why = messageOf(error).replace(/\.$/, "");
    return result(`, but ${workflowId} could not be told to abort and goes on by itself: ${why}. ${how}`);
  }
}
function later(signal, ms) {
  const controller = new AbortController();
  signal.addEventListener("abort", () => setTimeout(() => controller.abort(signal.reason), ms).unref(), {
    once: true
  });
  return controller.signal;
}

// client/action/oidc-token.ts
var LIMIT_MS = 1e4;
var JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
function tokenSource(env, audience) {
  const address = env["ACTIONS_ID_TOKEN_REQUEST_URL"] ?? "";
  const token = env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] ?? "";
  return async (signal) => {
    if (token === "" || !URL.canParse(address)) {
      throw new SetupError(
        "This job cannot show the gateway who it is: give it `permissions: { id-token: write }` (pull requests from forks never get that)."
      );
    }
    const url = new URL(address);
    url.searchParams.set("audience", audience);
    const { status, body } = await askJson("GitHub's token service", url, {
      method: "GET",
      token,
      limitMs: LIMIT_MS,
      signal
    });
    if (status !== 200) throw new SetupError(`GitHub's token service refuses this job an OIDC token (HTTP ${status}).`);
    const { value } = body;
    if (typeof value !== "string" || !JWT.test(value)) throw new Away("GitHub's token service answers without a token");
    return value;
  };
}

// client/action/result.ts
function resultOfEnd(end) {
  const exitCode = exitCodeOf(end);
  if (end.terminated) return { exitCode, outcome: "terminated", cause: end.cause };
  const { outcome, cause, digest } = end.outcome;
  return { exitCode, outcome, cause, ...digest !== void 0 && { digest } };
}
function goesOn(cause) {
  return { exitCode: EXIT.ok, outcome: "", cause };
}
function unknownEnd(cause) {
  return { exitCode: EXIT.unreachable, outcome: "", cause };
}
function resultOfFailedStart(error) {
  if (error instanceof SetupError) return { exitCode: EXIT.usage, outcome: "invalid", cause: error.message };
  if (error instanceof Refused) {
    const refused = [401, 403, 409].includes(error.status);
    const outcome = refused ? "refused" : "invalid";
    return { exitCode: OUTCOMES[outcome].exitCode, outcome, cause: error.message };
  }
  if (error instanceof Away) {
    return unknownEnd(`No release could be asked for: ${error.message}. Running this job again is safe.`);
  }
  throw error;
}
function resultOfLostSight(error, workflowId) {
  if (!(error instanceof Away || error instanceof Refused)) throw error;
  const why = messageOf(error).replace(/\.$/, "");
  const expired = error instanceof Refused && error.status === 401 ? " A gateway that was restarted knows its tickets again only with --ticket-key." : "";
  return unknownEnd(`How ${workflowId} ends is not known here, and it goes on by itself: ${why}.${expired}`);
}

// client/action/summary.ts
var MOST_ROWS = 60;
var LONGEST_TEXT = 500;
var MARK = {
  running: "…",
  done: "✓",
  passed: "✓",
  failed: "✗",
  undetermined: "?",
  waiting: "-",
  stopped: "-"
};
function summaryOf({ inputs, result, started, snapshot }) {
  const { purpose, project, commit } = inputs;
  const what = `${purpose === "check" ? "Check" : "Release"} of ${project}`;
  const blocks = [
    `<h3>${safe(what)}: ${safe(result.outcome === "" ? "not ended here" : result.outcome)}</h3>`,
    `<p>${safe(result.cause)}</p>`,
    factsOf(commit, result, started, snapshot),
    ...snapshot ? [phaseTable(snapshot), gateTable(snapshot)] : []
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}
`;
}
function factsOf(commit, result, started, snapshot) {
  const digest = result.digest ?? snapshot?.release.digest;
  const rows = [
    ["commit", code(commit)],
    ...digest === void 0 ? [] : [["image", code(digest)]],
    ...snapshot ? [["asked for by", safe(snapshot.release.actor)]] : [],
    ...started ? [["release", linked(started)]] : []
  ];
  return table(
    [],
    rows.map(([name, value]) => [safe(name), value])
  );
}
function phaseTable(snapshot) {
  const rows = phasesOf(snapshot).map(({ phase, environment, state, detail, startedAt, endedAt }) => [
    MARK[state],
    safe(environment === void 0 ? phase : `${phase} ${environment}`),
    safe(detail),
    endedAt === void 0 ? "" : duration(endedAt - startedAt)
  ]);
  return table(["", "phase", "", "time"], rows);
}
function gateTable({ release }) {
  const rows = release.gates.map(({ gate, state, cause, durationMs }) => [
    MARK[state],
    safe(gate),
    safe(state === "undetermined" ? "could not tell" : state),
    safe(cause),
    durationMs === void 0 ? "" : duration(durationMs)
  ]);
  return table(["", "gate", "", "cause", "time"], rows);
}
function table(head, rows) {
  if (rows.length === 0) return "";
  const row = (cells, tag) => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  const shown2 = rows.slice(0, MOST_ROWS).map((cells) => row(cells, "td"));
  const rest = rows.length - shown2.length;
  if (rest > 0) shown2.push(row([`and ${rest} more`], "td"));
  return `<table>${head.length === 0 ? "" : row(head, "th")}${shown2.join("")}</table>`;
}
function linked({ workflowId, uiUrl }) {
  return uiUrl === void 0 ? code(workflowId) : `<a href="${safe(uiUrl)}">${code(workflowId)}</a>`;
}
function code(text) {
  return `<code>${safe(text)}</code>`;
}
function safe(text) {
  const line = oneLine(text);
  const cut = line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT - 1)}…` : line;
  return cut.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

// client/action/run.ts
async function run(world2) {
  const { env, write } = world2;
  let inputs;
  try {
    inputs = readInputs(env);
  } catch (error) {
    if (!(error instanceof InputsError)) throw error;
    write(command("error", error.message, { title: "The inputs of Sluice are wrong" }));
    await writeOutputs(world2, { outcome: "invalid", cause: error.message, "exit-code": String(EXIT.usage) });
    return EXIT.usage;
  }
  const masked = /* @__PURE__ */ new Set();
  const mask = (secret) => {
    if (!masked.has(secret)) write(command("add-mask", secret));
    masked.add(secret);
  };
  const client = gatewayClient({ inputs, token: tokenSource(env, inputs.audience), mask });
  const job = { world: world2, inputs, client, asked: false };
  const result = await resultOf(job);
  await report(job, result);
  return result.exitCode;
}
async function resultOf(job) {
  const { env, cancelled: cancelled2 } = job.world;
  try {
    const started = await start(job);
    await announce(job, started);
    cancelled2.throwIfAborted();
    return await wait(job, started);
  } catch (error) {
    const { client, inputs, asked, started } = job;
    const answered = error instanceof Refused || error instanceof SetupError;
    if (cancelled2.aborted && (started !== void 0 || !answered)) {
      return letGo({ client, inputs, env, asked, started });
    }
    return started === void 0 ? resultOfFailedStart(error) : resultOfLostSight(error, started.workflowId);
  }
}
async function start(job) {
  const { cancelled: cancelled2 } = job.world;
  const late = later(cancelled2, START_GRACE_MS);
  const attempt = async () => {
    cancelled2.throwIfAborted();
    job.asked = true;
    return job.client.start(late);
  };
  const { patienceMs } = job.inputs;
  job.started = await patiently(attempt, { patienceMs, signal: cancelled2, note: (text) => say(job.world, text) });
  return job.started;
}
async function announce({ world: world2 }, { workflowId, runId, attached, uiUrl }) {
  say(world2, attached ? `${workflowId} is running already; attached to it.` : `Started ${workflowId}.`);
  if (uiUrl !== void 0) say(world2, uiUrl);
  await writeOutputs(world2, { "workflow-id": workflowId, "run-id": runId, url: uiUrl ?? "" });
}
async function wait(job, started) {
  const { inputs, client, world: world2 } = job;
  const { workflowId } = started;
  if (inputs.wait === "none") return goesOn(`${workflowId} goes on by itself; this job does not wait (wait: none).`);
  const renderer = groupedRenderer(world2.write, workflowId);
  try {
    const followed = await follow(client, started, {
      until: inputs.wait,
      renderer,
      timeoutMs: inputs.timeoutMs,
      patienceMs: inputs.patienceMs,
      signal: world2.cancelled,
      onSnapshot: (snapshot) => job.snapshot = snapshot
    });
    switch (followed.kind) {
      case "ended":
        return resultOfEnd(followed.end);
      case "gates passed":
        return goesOn(`All gates passed; ${workflowId} goes on by itself (wait: gates).`);
      case "timeout":
        return unknownEnd(
          `${workflowId} has not ended within ${duration(inputs.timeoutMs)} and goes on by itself. Running this job again attaches to it.`
        );
    }
  } finally {
    renderer.stop();
  }
}
async function report({ world: world2, inputs, started, snapshot }, result) {
  const { exitCode, outcome, cause } = result;
  const digest = result.digest ?? snapshot?.release.digest ?? "";
  if (outcome === "") say(world2, cause);
  world2.write(annotationOf(result, snapshot));
  await writeOutputs(world2, { outcome, cause: oneLine(cause), "exit-code": String(exitCode), digest });
  await appendTo(world2.env["GITHUB_STEP_SUMMARY"], summaryOf({ inputs, result, started, snapshot }));
}
function writeOutputs({ env }, outputs) {
  return appendTo(env["GITHUB_OUTPUT"], fileCommand(outputs));
}
function say({ write }, text) {
  write(`sluice: ${harmless(oneLine(text))}
`);
}

// client/action/main.ts
var cancelled = new AbortController();
var exitCodeFor = (signal) => 128 + import_node_os2.constants.signals[signal];
process.on("SIGINT", () => {
  if (cancelled.signal.aborted) process.exit(exitCodeFor("SIGINT"));
  cancelled.abort(new Error("the job was cancelled"));
});
process.once("SIGTERM", () => {
  process.stdout.write("sluice: this job ends; a release that it asked for goes on by itself\n");
  process.exit(exitCodeFor("SIGTERM"));
});
var world = {
  env: process.env,
  write: (text) => void process.stdout.write(text),
  cancelled: cancelled.signal
};
run(world).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error) => {
    process.stdout.write(command("error", messageOf(error), { title: "Sluice failed in a way that it does not know" }));
    process.exitCode = EXIT.internal;
  }
);
