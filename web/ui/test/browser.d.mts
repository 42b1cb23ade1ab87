export const launch: { executablePath: string; args: string[] }
export function target(options?: { scale?: number }): Promise<{ base: string; token: string; stop: () => Promise<void> }>
