/** A name for this device that its owner would recognise in a list. */
export function deviceName(agent: string = navigator.userAgent): string {
  return `${browser(agent)} on ${system(agent)}`;
}

function browser(agent: string): string {
  if (agent.includes("Edg/")) return "Edge";
  if (agent.includes("SamsungBrowser")) return "Samsung Internet";
  if (agent.includes("Firefox/") || agent.includes("FxiOS")) return "Firefox";
  if (agent.includes("Chrome/") || agent.includes("CriOS")) return "Chrome";
  return agent.includes("Safari/") ? "Safari" : "Browser";
}

function system(agent: string): string {
  if (agent.includes("iPhone")) return "iPhone";
  if (agent.includes("iPad")) return "iPad";
  if (agent.includes("Android")) return "Android";
  if (agent.includes("Windows")) return "Windows";
  if (agent.includes("Mac OS")) return "Mac";
  return agent.includes("CrOS") ? "Chromebook" : "Linux";
}

/** Hands a text to the person as a file. */
export function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read the blob after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export const fileName = (title: string): string => title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "event";

/** Copies a text; false where the browser does not let us. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
