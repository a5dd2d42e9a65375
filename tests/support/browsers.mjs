// Watches the browsers that a running ringback starts, from outside: through /proc.
import { readFileSync, readdirSync } from "node:fs";

/**
 * Counts sightings of the browser processes (not of their helpers) whose parent is `parent`. `seen()` gives the command
 * lines, as lists of words, of those that stayed: between fork and exec a child looks like its parent.
 */
export function watchBrowsers(parent) {
  const found = new Map();
  const look = () => {
    for (const pid of readdirSync("/proc").filter(name => /^\d+$/.test(name))) {
      try {
        const status = readFileSync(`/proc/${pid}/stat`, "utf8");
        if (Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]) !== parent) continue;
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        if (!words.includes("--remote-debugging-pipe")) continue;
        found.set(pid, { words, times: (found.get(pid)?.times ?? 0) + 1 });
      } catch { /* it ended */ }
    }
  };
  const timer = setInterval(look, 100);
  return {
    stop: () => clearInterval(timer),
    seen: () => [...found.values()].filter(({ times }) => times > 3).map(({ words }) => words),
  };
}
