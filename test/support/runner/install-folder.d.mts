export function installFolder(folder: string): Promise<void>
