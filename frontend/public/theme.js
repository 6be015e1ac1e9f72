// Applies the colour theme someone chose before anything is painted. src/ui/theme.rs keeps the choice.
try {
  document.documentElement.dataset.theme = localStorage.getItem("rollcall.theme") ?? "system";
} catch {
  // A browser that keeps nothing shows the system's theme.
}
