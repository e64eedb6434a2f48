// Block Kit to DOM. Everything that came from outside goes in as text, never as markup.

import { control } from "/console/controls.js";

/** An element with a class and children (nodes or text). */
export function element(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** What Slack escapes in text objects, back again. */
function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function link(address, label) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return document.createTextNode(label);
  }
  if (!["http:", "https:", "mailto:"].includes(url.protocol)) return document.createTextNode(label);
  const node = element("a", "", label);
  node.href = url.href;
  node.rel = "noopener noreferrer";
  node.target = "_blank";
  return node;
}

const MARKS = [
  [/```([\s\S]+?)```/, (found) => element("pre", "", unescape(found[1].replace(/^\n/, "")))],
  [/`([^`\n]+)`/, (found) => element("code", "", unescape(found[1]))],
  [/<(https?:[^|>]+|mailto:[^|>]+)(?:\|([^>]*))?>/, (found) => link(unescape(found[1]), unescape(found[2] ?? found[1]))],
  [/<!date\^(\d+)\^[^|>]*\|([^>]*)>/, (found) => element("time", "", new Date(found[1] * 1000).toLocaleString())],
  [/<([@#!])([^|>]+)(?:\|([^>]*))?>/, (found) => element("strong", "", (found[1] === "!" ? "@" : found[1]) + unescape(found[3] || found[2]))],
  [/(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])/, (found) => element("strong", "", ...mrkdwn(found[1]))],
  [/(?<!\w)_(\S(?:[^_\n]*\S)?)_(?!\w)/, (found) => element("em", "", ...mrkdwn(found[1]))],
  [/(?<![\w~])~(\S(?:[^~\n]*\S)?)~(?![\w~])/, (found) => element("s", "", ...mrkdwn(found[1]))],
];

/** Slack's mrkdwn as nodes. */
export function mrkdwn(text) {
  let first = null;
  for (const [pattern, make] of MARKS) {
    const found = pattern.exec(text);
    if (found && (first === null || found.index < first.found.index)) first = { found, make };
  }
  if (first === null) return lines(unescape(text));
  const { found, make } = first;
  const rest = text.slice(found.index + found[0].length);
  return [...lines(unescape(text.slice(0, found.index))), make(found), ...mrkdwn(rest)];
}

function lines(text) {
  return text.split("\n").flatMap((line, index) => (index ? [element("br"), line] : [line]));
}

/** A text object. */
export function textOf(object) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text) : lines(unescape(object.text));
}

function richPiece(piece) {
  const style = piece.style ?? {};
  let node;
  if (piece.type === "link") node = link(piece.url, piece.text ?? piece.url);
  else if (piece.type === "user") node = element("strong", "", "@" + piece.user_id);
  else if (piece.type === "channel") node = element("strong", "", "#" + piece.channel_id);
  else if (piece.type === "usergroup") node = element("strong", "", "@" + piece.usergroup_id);
  else if (piece.type === "emoji") node = document.createTextNode(`:${piece.name}:`);
  else node = element("span", "", ...lines(piece.text ?? ""));
  if (style.code) node = element("code", "", node);
  if (style.bold) node = element("strong", "", node);
  if (style.italic) node = element("em", "", node);
  if (style.strike) node = element("s", "", node);
  return node;
}

function richPart(part) {
  const pieces = part.elements ?? [];
  if (part.type === "rich_text_preformatted") {
    const pre = element("pre", "", pieces.map((piece) => piece.text ?? piece.url ?? "").join(""));
    pre.tabIndex = 0;
    return pre;
  }
  if (part.type === "rich_text_quote") return element("blockquote", "", ...pieces.map(richPiece));
  if (part.type === "rich_text_list") {
    const items = pieces.map((item) => element("li", "", ...(item.elements ?? []).map(richPiece)));
    return element(part.style === "ordered" ? "ol" : "ul", "", ...items);
  }
  return element("div", "", ...pieces.map(richPiece));
}

function cell(content, tag) {
  if (content.type === "rich_text") return element(tag, "", ...(content.elements ?? []).map(richPart));
  return element(tag, "", content.text ?? "");
}

function table(block) {
  const [head, ...rows] = block.rows ?? [];
  const row = (cells, tag) => element("tr", "", ...cells.map((content) => cell(content, tag)));
  const parts = [element("tbody", "", ...rows.map((cells) => row(cells, "td")))];
  if (head) parts.unshift(element("thead", "", row(head, "th")));
  const scroll = element("div", "scroll", element("table", "", ...parts));
  scroll.tabIndex = 0;
  return scroll;
}

/** A button, or something to choose with. `act` is told what Slack would pass on, and of the object. */
function action(object, block, act, world) {
  if (object.type === "button" && object.url && !object.action_id) return link(object.url, object.text?.text ?? object.url);
  const common = { type: object.type, action_id: object.action_id, block_id: block };
  if (object.type === "button") {
    const button = element("button", object.style ?? "", ...textOf(object.text));
    button.type = "button";
    button.addEventListener("click", () => act({ ...common, value: object.value, text: object.text }, object));
    return button;
  }
  const { node, read } = control(object, world);
  node.setAttribute("aria-label", object.placeholder?.text ?? object.action_id);
  node.addEventListener("change", () => act({ ...common, ...read() }, object));
  return node;
}

function section(block, act) {
  const node = element("div", "section", element("div", "", ...textOf(block.text)));
  if (block.fields) {
    node.append(element("div", "fields", ...block.fields.map((field) => element("div", "", ...textOf(field)))));
  }
  if (block.accessory) node.append(act(block.accessory));
  return node;
}

/** One block, the how-manieth it is; `act` is told of what is pressed or chosen in it. */
export function render(block, index, act, world) {
  const name = block.block_id ?? `block-${index}`;
  const made = (object) => action(object, name, act, world);
  switch (block.type) {
    case "header": return element("div", "header", ...textOf(block.text));
    case "section": return section(block, made);
    case "divider": return element("hr");
    case "context":
      return element("div", "context", ...block.elements.map((part) =>
        element("span", "", ...(part.type === "image" ? [part.alt_text] : textOf(part)))));
    case "rich_text": return element("div", "", ...block.elements.map(richPart));
    case "table": return table(block);
    case "actions":
      return element("div", "actions", ...block.elements.map(made));
    case "markdown": return element("pre", "", block.text);
    case "image": return element("div", "faint", `[picture: ${block.alt_text}]`);
    default: return element("div", "faint", `(a block of type ${block.type})`);
  }
}
