// Elements that are chosen from or typed into: Block Kit's to the browser's own, and their values back as Slack has them.

import { element, textOf } from "/console/blocks.js";

const ONE = { users_select: "selected_user", channels_select: "selected_channel", conversations_select: "selected_conversation" };
const SEVERAL = { multi_users_select: "selected_users", multi_channels_select: "selected_channels", multi_conversations_select: "selected_conversations" };
const TYPED = { datepicker: ["date", "selected_date"], timepicker: ["time", "selected_time"], number_input: ["number", "value"],
  email_text_input: ["email", "value"], url_text_input: ["url", "value"] };

const plain = (object) => textOf(object).map((part) => part.textContent ?? part).join("");

function offered(type, world) {
  if (type.includes("users")) return world.users;
  if (type.includes("channels")) return world.channels;
  return [...world.channels, ...world.users];
}

function menu(object, values, chosen, several) {
  const select = element("select");
  select.multiple = several;
  if (!several) select.append(new Option(object.placeholder ? plain(object.placeholder) : "Choose", ""));
  for (const [value, label] of values) select.append(new Option(label, value, false, chosen.includes(value)));
  return select;
}

const chosenIn = (select) => [...select.selectedOptions].map((option) => option.value).filter((value) => value);

function choices(object) {
  const several = object.type === "multi_static_select";
  const initial = [object.initial_option, ...(object.initial_options ?? [])].filter(Boolean).map((option) => option.value);
  const options = object.options ?? [];
  const node = menu(object, options.map((option) => [option.value, plain(option.text)]), initial, several);
  const find = () => chosenIn(node).map((value) => options.find((option) => option.value === value));
  const read = () => (several ? { selected_options: find() } : { selected_option: find()[0] ?? null });
  return { node, read };
}

function picker(object, world) {
  const several = object.type in SEVERAL;
  const node = menu(object, offered(object.type, world).map((id) => [id, id]), [], several);
  const read = () => (several ? { [SEVERAL[object.type]]: chosenIn(node) } : { [ONE[object.type]]: chosenIn(node)[0] ?? null });
  return { node, read };
}

function boxes(object) {
  const several = object.type === "checkboxes";
  const initial = [object.initial_option, ...(object.initial_options ?? [])].filter(Boolean).map((option) => option.value);
  const name = `${object.action_id}-${Math.random()}`;
  const options = object.options.map((option) => {
    const box = element("input");
    Object.assign(box, { type: several ? "checkbox" : "radio", name, checked: initial.includes(option.value) });
    const more = option.description ? element("span", "faint", ` ${plain(option.description)}`) : null;
    return { option, box, node: element("label", "box", box, ...textOf(option.text), more) };
  });
  const found = () => options.filter(({ box }) => box.checked).map(({ option }) => option);
  const node = element("div", "boxes", ...options.map((option) => option.node));
  return { node, read: () => (several ? { selected_options: found() } : { selected_option: found()[0] ?? null }) };
}

function typed(object) {
  const [type, member] = TYPED[object.type] ?? ["text", "value"];
  const node = element(object.multiline ? "textarea" : "input");
  if (!object.multiline) node.type = type;
  if (object.max_length) node.maxLength = object.max_length;
  if (object.placeholder) node.placeholder = plain(object.placeholder);
  node.value = object.initial_value ?? "";
  return { node, read: () => ({ [member]: node.value === "" ? null : node.value }) };
}

/** A control: its node, and what stands in it as Slack would say. */
export function control(object, world) {
  let made;
  if (object.type === "static_select" || object.type === "multi_static_select") made = choices(object);
  else if (object.type in ONE || object.type in SEVERAL) made = picker(object, world);
  else if (object.type === "checkboxes" || object.type === "radio_buttons") made = boxes(object);
  else made = typed(object);
  return { node: made.node, read: () => ({ type: object.type, ...made.read() }) };
}
