// What a fault of a native module does: a signal for the whole process.
export default () => {
  process.kill(process.pid, 'SIGSEGV')
  while (true);
}

export const quick = () => 'quick'
