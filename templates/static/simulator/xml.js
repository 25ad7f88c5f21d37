// XML laid out for reading. What is not XML stays as it came.

export function pretty(text) {
  if (!text || !text.trimStart().startsWith("<")) return text ?? "";
  const root = new DOMParser().parseFromString(text, "text/xml");
  if (root.querySelector("parsererror")) return text;
  return lines(root.documentElement, "").join("\n");
}

function lines(node, indent) {
  const children = [...node.children];
  if (!children.length) return [`${indent}<${node.tagName}>${value(node)}</${node.tagName}>`];
  return [`${indent}<${node.tagName}>`, ...children.flatMap((child) => lines(child, `${indent}  `)), `${indent}</${node.tagName}>`];
}

function value(node) {
  const cdata = [...node.childNodes].some((child) => child.nodeType === Node.CDATA_SECTION_NODE);
  const text = node.textContent;
  return cdata ? `<![CDATA[${text}]]>` : text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
