// Modals, and the questions that buttons ask first.

import { element, render, textOf } from "/console/blocks.js";
import { control } from "/console/controls.js";

function button(label, type, className = "") {
  const made = element("button", className, ...label);
  made.type = type;
  return made;
}

function open(dialog) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
}

/** Asks what a confirmation asks; whether the answer was yes. */
export function ask(object) {
  return new Promise((answer) => {
    const yes = button(textOf(object.confirm), "button", object.style ?? "primary");
    const no = button(textOf(object.deny), "button");
    const dialog = element("dialog", "confirm", element("h2", "", ...textOf(object.title)),
      element("p", "", ...textOf(object.text)), element("div", "actions", no, yes));
    yes.addEventListener("click", () => dialog.close("yes"));
    no.addEventListener("click", () => dialog.close("no"));
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"));
    open(dialog);
  });
}

/** The modals that are open, by id. */
export class Modals {
  #world;
  #send;
  #open = new Map();

  /** `send` takes what is sent off, and gives the server's answer. */
  constructor(world, send) {
    this.#world = world;
    this.#send = send;
  }

  /** Opens a modal for that user, or puts it in the place of the one with its id. */
  show(user, view) {
    const dialog = this.#open.get(view.id) ?? element("dialog", "modal");
    const isNew = !this.#open.has(view.id);
    const inputs = [];
    const blocks = view.blocks.map((block, index) =>
      block.type === "input" ? this.#input(block, inputs) : render(block, index, () => {}, this.#world));
    const problem = element("p", "problem");
    const close = button(textOf(view.close ?? { type: "plain_text", text: "Close" }), "button");
    const submit = view.submit ? button(textOf(view.submit), "submit", "primary") : null;
    const form = element("form", "", ...blocks, problem, element("div", "actions", close, submit));
    close.addEventListener("click", () => this.#close(view.id));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(view, inputs, problem);
    });
    dialog.replaceChildren(element("span", "only-you", `Shown to ${user}`), element("h2", "", ...textOf(view.title)), form);
    this.#open.set(view.id, dialog);
    if (isNew) open(dialog);
  }

  #input(block, inputs) {
    const made = control(block.element, this.#world);
    const fault = element("span", "fault");
    const caption = element("span", "caption", ...textOf(block.label), block.optional ? element("span", "faint", " (optional)") : null);
    const hint = block.hint ? element("span", "faint", ...textOf(block.hint)) : null;
    inputs.push({ block, fault, read: made.read });
    // A label belongs to one control; boxes have labels of their own.
    const tag = made.node.matches("div") ? "div" : "label";
    return element(tag, "input", caption, made.node, hint, fault);
  }

  async #submit(view, inputs, problem) {
    const values = {};
    for (const { block, read } of inputs) {
      values[block.block_id] = { [block.element.action_id]: read() };
    }
    try {
      const { status, answer } = await this.#send({ view_id: view.id, values });
      if (status !== 200) throw new Error(`/slack/interactions answered ${status}`);
      if (answer?.response_action === "errors") {
        for (const { block, fault } of inputs) fault.textContent = answer.errors[block.block_id] ?? "";
      } else if (answer?.response_action === "clear") {
        [...this.#open.keys()].forEach((id) => this.#forget(id));
      } else if (!answer?.response_action) {
        this.#forget(view.id);
      }
    } catch (error) {
      problem.textContent = error.message;
    }
  }

  #close(id) {
    this.#forget(id);
    this.#send({ view_id: id, closed: true }).catch(() => {});
  }

  #forget(id) {
    this.#open.get(id)?.close();
    this.#open.delete(id);
  }
}
