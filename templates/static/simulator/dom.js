// Building the page: elements from values, never from markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `props` are attributes; `on…` are listeners, `class` and `data-…` as written, false leaves one out. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  setProps(node, props);
  node.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function svg(tag, props = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  setProps(node, props);
  node.append(...children.flat().filter(Boolean));
  return node;
}

/** One of the drawings in icons.svg; the words beside it say what it means. */
export function icon(name, size = 24) {
  return svg(
    "svg",
    { class: "icon", width: size, height: size, "aria-hidden": "true", focusable: "false" },
    svg("use", { href: `/simulator/static/icons.svg#${name}` }),
  );
}

/** A button that is a drawing; `label` is for the ear and the tooltip. */
export function iconButton(name, label, onclick, props = {}) {
  return el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...props }, icon(name));
}

export function replace(node, ...children) {
  node.replaceChildren(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
}

/** Arrow keys walk through the buttons (or links) of `box`; Home and End go to its ends. */
export function arrows(box, selector = "button") {
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const items = [...box.querySelectorAll(selector)].filter((item) => !item.disabled && item.offsetParent !== null);
    const here = items.indexOf(document.activeElement?.closest(selector));
    if (here < 0 || !items.length) return;
    let next = null;
    if (step) next = items[(here + step + items.length) % items.length];
    if (event.key === "Home") next = items[0];
    if (event.key === "End") next = items.at(-1);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

function setProps(node, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
}
