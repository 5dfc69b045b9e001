/** Reads pasted node addresses: one per line, also comma or space separated, with or without scheme and port. */
export function parseAddresses(text: string): { urls: string[]; mistakes: string[] } {
  const urls: string[] = [];
  const mistakes: string[] = [];
  for (const word of text.split(/[\s,;]+/)) {
    if (!word) continue;
    const url = address(word);
    if (!url) mistakes.push(`"${word}" is not an address. Write host:port or http://host:port.`);
    else if (!urls.includes(url)) urls.push(url);
  }
  return { urls, mistakes };
}

function address(word: string): string | null {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(word);
  let url: URL;
  try {
    url = new URL(hasScheme ? word : `http://${word}`);
  } catch {
    return null;
  }
  if (!/^https?:$/.test(url.protocol) || !url.hostname || url.username || url.password) return null;
  const givenPort = /^[a-z]+:\/\/(\[[^\]]*\]|[^/:]*):\d+/i.test(hasScheme ? word : `http://${word}`);
  const port = givenPort ? url.host : hasScheme && url.protocol === "https:" ? url.host : `${url.host}:8188`;
  return `${url.protocol}//${port}${url.pathname.replace(/\/$/, "")}`;
}
