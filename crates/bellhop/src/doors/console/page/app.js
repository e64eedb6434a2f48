// The console: plays Slack for several people, one at a time. The server signs and posts; this page shows.

import { element, mrkdwn, render } from "/console/blocks.js";
import { ask as question, Modals } from "/console/modal.js";

const key = new URLSearchParams(location.search).get("key") ?? "";
const at = (id) => document.getElementById(id);
const messages = at("messages");
const world = { users: [], channels: [], directs: [] };
const shown = new Map();
const unread = new Map();
let user = "";
let channel = "";

async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { "x-console-key": key, "content-type": "application/json" } });
  if (!answer.ok) throw new Error((await answer.text()) || `the server said ${answer.status}`);
  return answer.json();
}

const post = (path, body) => ask(path, { method: "POST", body: JSON.stringify(body) });

function tell(problem) {
  at("problem").textContent = problem;
}

/** Shows an entry in its channel; one of the same place is replaced. */
function show(entry) {
  const place = entry.ts ? `${entry.channel} ${entry.ts}` : null;
  const item = message(entry);
  item.dataset.channel = entry.channel;
  const old = place && shown.get(place);
  if (old) old.replaceWith(item);
  else messages.append(item);
  if (place) shown.set(place, item);
  if (entry.channel !== channel) {
    unread.set(entry.channel, (unread.get(entry.channel) ?? 0) + 1);
    drawPlaces();
  }
  item.hidden = entry.channel !== channel;
  if (!item.hidden && !old) messages.scrollTop = messages.scrollHeight;
}

function message(entry) {
  const fromApp = entry.kind !== "said";
  const who = fromApp ? "Bellhop" : entry.user;
  const when = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const head = element("div", "", element("span", "who", who), fromApp ? element("span", "badge", "APP") : null,
    element("span", "when", entry.note ? `${when} · ${entry.note}` : when));
  const body = element("div", "body", head);
  if (entry.only) head.prepend(element("span", "only-you", `Only visible to ${entry.only}`));
  for (const node of content(entry)) body.append(node);
  if (entry.message) body.append(element("pre", "json", JSON.stringify(entry.message, null, 2)));
  const face = element("div", "face", who.replace(/^U0?/, "").slice(0, 1).toUpperCase() || "?");
  face.setAttribute("aria-hidden", "true");
  return element("li", `message ${fromApp ? "app" : "person"} ${entry.kind}`, face, body);
}

function content(entry) {
  if (entry.kind === "said") return [element("div", "", entry.text)];
  const said = entry.message ?? {};
  const act = (action, object) => press(entry, action, object);
  if (said.files?.length) {
    return [...(said.text ? [element("div", "", ...mrkdwn(said.text))] : []), ...said.files.map(file)];
  }
  if (said.blocks?.length) return said.blocks.map((block, index) => render(block, index, act, world));
  return said.text ? [element("div", "", ...mrkdwn(said.text))] : [element("div", "faint", "(an empty answer)")];
}

/** A file that was uploaded: a picture is shown, anything else can be saved. */
function file(about) {
  const node = element("figure", "file", element("figcaption", "", about.title || about.name));
  fetchFile(about).then((address) => {
    if (about.mimetype.startsWith("image/")) {
      const picture = element("img");
      picture.src = address;
      picture.alt = about.title || about.name;
      node.append(picture);
    } else {
      const save = element("a", "", `${about.name} (${about.size} bytes)`);
      save.href = address;
      save.download = about.name;
      node.append(save);
    }
  }, (error) => tell(error.message));
  return node;
}

async function fetchFile(about) {
  const answer = await fetch(`/console/files/${about.id}`, { headers: { "x-console-key": key } });
  if (!answer.ok) throw new Error(`the server said ${answer.status} for ${about.name}`);
  const bytes = await answer.blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(bytes);
  });
}

/** Whoever is being played presses or chooses something in a message. */
async function press(entry, action, object) {
  if (object.confirm && !(await question(object.confirm))) return;
  tell("");
  try {
    const answer = await post("/console/actions", { user, channel: entry.channel, ts: entry.ts, only: entry.only ?? null, action });
    if (answer.status !== 200) tell(`/slack/interactions answered ${answer.status}`);
  } catch (error) {
    tell(error.message);
  }
}

async function send(line) {
  const [command, ...rest] = line.startsWith("/") ? line.split(/ (.*)/s) : ["/aws", line];
  const where = channel;
  show({ kind: "said", user, text: line, channel: where });
  const said = { user, channel: where, command, text: rest.join("").trim() };
  const { answer, status, ts, milliseconds } = await post("/console/commands", said);
  if (answer && Object.keys(answer).length) {
    const only = answer.response_type === "in_channel" ? null : said.user;
    show({ kind: "ack", channel: where, ts, only, message: answer, note: `acknowledged in ${milliseconds.toFixed(1)} ms` });
  } else if (status !== 200) {
    tell(`/slack/commands answered ${status}`);
  }
}

const modals = new Modals(world, (sent) => post("/console/views", sent));

function handle(news) {
  if (news.what === "message") {
    const note = news.milliseconds === null ? "" : `answered in ${news.milliseconds.toFixed(0)} ms`;
    show({ ...news, kind: "reply", note });
  } else if (news.what === "removed") {
    shown.get(`${news.channel} ${news.ts}`)?.remove();
    shown.delete(`${news.channel} ${news.ts}`);
  } else if (news.what === "view") {
    modals.show(news.user, news.view);
  }
}

/** Waits for news, for ever. */
async function listen() {
  let after = 0;
  for (;;) {
    try {
      const { news, last } = await ask(`/console/messages?after=${after}`);
      news.forEach(handle);
      after = Math.max(after, last);
      if (at("problem").dataset.lost) tell("");
      delete at("problem").dataset.lost;
    } catch (error) {
      tell(`No connection to Bellhop: ${error.message}`);
      at("problem").dataset.lost = "yes";
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

const directOf = (person) => world.directs[world.users.indexOf(person)];

/** The channels, and the direct message of whoever is being played, each with what is new there. */
function drawPlaces() {
  const places = [...world.channels.map((id) => [id, `# ${id}`]), [directOf(user), "Bellhop (direct)"]];
  at("channels").replaceChildren(...places.map(([id, label]) => {
    const count = unread.get(id);
    const tab = element("button", "", label, count ? element("span", "count", String(count)) : null);
    tab.type = "button";
    tab.dataset.channel = id;
    if (id === channel) tab.setAttribute("aria-current", "true");
    tab.addEventListener("click", () => go(id));
    return tab;
  }));
  for (const option of at("user").options) {
    const count = option.value === user ? 0 : unread.get(directOf(option.value));
    option.textContent = count ? `${option.value} (${count} direct)` : option.value;
  }
}

function go(id) {
  channel = id;
  unread.delete(id);
  at("channel-name").textContent = world.channels.includes(id) ? `# ${id}` : `Bellhop and ${user}`;
  for (const item of messages.children) item.hidden = item.dataset.channel !== id;
  messages.scrollTop = messages.scrollHeight;
  drawPlaces();
}

function become(person) {
  const wasDirect = !world.channels.includes(channel);
  user = person;
  go(wasDirect ? directOf(person) : channel);
}

async function start() {
  Object.assign(world, await ask("/console/state"));
  at("user").replaceChildren(...world.users.map((id) => new Option(id, id)));
  at("user").addEventListener("change", () => become(at("user").value));
  [user, channel] = [world.users[0], world.channels[0]];
  go(channel);
  at("show-json").addEventListener("change", (event) => messages.classList.toggle("show-json", event.target.checked));
  at("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const line = at("line").value.trim();
    if (!line) return;
    at("line").value = "";
    tell("");
    send(line).catch((error) => tell(error.message));
  });
  listen();
}

start().catch((error) => tell(error.message));
