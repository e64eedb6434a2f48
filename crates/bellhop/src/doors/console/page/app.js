// The console: plays Slack for one person at a time. The server signs and posts; this page shows.

import { element, mrkdwn, render } from "/console/blocks.js";

const key = new URLSearchParams(location.search).get("key") ?? "";
const at = (id) => document.getElementById(id);
const messages = at("messages");
let user = "";
let channel = "";

async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { "x-console-key": key, "content-type": "application/json" } });
  if (!answer.ok) throw new Error((await answer.text()) || `the server said ${answer.status}`);
  return answer.json();
}

function tell(problem) {
  at("problem").textContent = problem;
}

function show(entry) {
  const fromApp = entry.kind !== "said";
  const who = fromApp ? "Bellhop" : entry.user;
  const when = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const head = element("div", "", element("span", "who", who), fromApp ? element("span", "badge", "APP") : null,
    element("span", "when", entry.note ? `${when} · ${entry.note}` : when));
  const body = element("div", "body", head);
  if (fromApp && entry.message?.response_type !== "in_channel") {
    head.prepend(element("span", "only-you", "Only visible to you"));
  }
  for (const node of content(entry)) body.append(node);
  if (entry.message) body.append(element("pre", "json", JSON.stringify(entry.message, null, 2)));
  const face = element("div", "face", who.replace(/^U0?/, "").slice(0, 1).toUpperCase() || "?");
  face.setAttribute("aria-hidden", "true");
  const item = element("li", `message ${fromApp ? "app" : "person"} ${entry.kind}`, face, body);
  messages.append(item);
  messages.scrollTop = messages.scrollHeight;
}

function content(entry) {
  if (entry.kind === "said") return [element("div", "", entry.text)];
  const message = entry.message ?? {};
  if (message.blocks?.length) return message.blocks.map((block) => render(block, press));
  return message.text ? [element("div", "", ...mrkdwn(message.text))] : [element("div", "faint", "(an empty answer)")];
}

async function press(object, button) {
  button.disabled = true;
  try {
    const body = JSON.stringify({ user, channel, action: object });
    await ask("/console/actions", { method: "POST", body });
  } catch (error) {
    tell(error.message);
  }
}

async function send(line) {
  const [command, ...rest] = line.startsWith("/") ? line.split(/ (.*)/s) : ["/aws", line];
  show({ kind: "said", user, text: line });
  const body = JSON.stringify({ user, channel, command, text: rest.join("").trim() });
  const ack = await ask("/console/commands", { method: "POST", body });
  if (ack.message && Object.keys(ack.message).length) {
    show({ kind: "ack", message: ack.message, note: `acknowledged in ${ack.milliseconds.toFixed(1)} ms` });
  } else if (ack.status !== 200) {
    tell(`/slack/commands answered ${ack.status}`);
  }
}

/** Waits for replies, for ever. */
async function listen() {
  let after = 0;
  for (;;) {
    try {
      const news = await ask(`/console/messages?after=${after}`);
      for (const { number, milliseconds, message } of news.messages) {
        after = Math.max(after, number);
        show({ kind: "reply", message, note: `answered in ${milliseconds.toFixed(0)} ms` });
      }
      after = Math.max(after, news.last);
      tell("");
    } catch (error) {
      tell(`No connection to Bellhop: ${error.message}`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

function fill(select, values, choose) {
  select.replaceChildren(...values.map((value) => new Option(value, value)));
  select.addEventListener("change", () => choose(select.value));
  choose(values[0]);
}

async function start() {
  const state = await ask("/console/state");
  fill(at("user"), state.users, (chosen) => { user = chosen; });
  fill(at("channel"), state.channels, (chosen) => { channel = chosen; at("channel-name").textContent = chosen; });
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
