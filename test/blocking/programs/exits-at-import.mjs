process.exit(4)
export default () => 'never'
