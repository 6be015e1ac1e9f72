// Starts the application, or says why it can't be. A file of its own because the content security policy forbids inline
// scripts.
const reasons = {
  unsupported: "This browser can’t run it: WebAssembly is missing or switched off. Allow it for this site, or use another browser.",
  missing: "A part of it could not be loaded; there may be a newer version. Reload the page.",
  broken: "This browser can’t run what was loaded. Reload the page; if it is an old browser, update it.",
};

function reasonFor(error) {
  if (typeof WebAssembly !== "object") return reasons.unsupported;
  return error instanceof TypeError ? reasons.missing : reasons.broken;
}

try {
  const { default: init } = await import("./rollcall.js");
  await init({ module_or_path: new URL("./rollcall_bg.wasm", import.meta.url) });
} catch (error) {
  console.error(error);
  // It is gone when the application got as far as to show something.
  const loading = document.getElementById("loading");
  if (loading) {
    document.getElementById("loading-reason").textContent = reasonFor(error);
    loading.classList.add("has-failed");
  }
}
