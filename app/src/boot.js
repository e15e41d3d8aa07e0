// Loads the wasm and brings the islands of the page to life, outer ones first. An island that was given children hands
// over, through `$$on_hydrate`, what has to run before the islands among those children.
const { glue, wasm } = document.querySelector("script[data-wasm]").dataset;

async function bring(node, exports, pending) {
  const name = node.localName;
  if (name === "leptos-island") {
    pending.at(-1)?.();
    await exports[node.dataset.component]?.(node);
  } else if (name === "leptos-children") {
    pending.push(node.$$on_hydrate);
  }
  for (const child of node.children) {
    await bring(child, exports, pending);
  }
  if (name === "leptos-children") {
    pending.pop();
  }
}

const exports = await import(glue);
await exports.default({ module_or_path: wasm });
exports.hydrate();
await bring(document.body, exports, []);
document.documentElement.dataset.ready = "1";
