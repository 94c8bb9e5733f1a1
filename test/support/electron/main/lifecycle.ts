let isReady = false;

export function isAppReady(): boolean {
  return isReady;
}

export function setAppReady(): void {
  isReady = true;
}
