await new Promise((resolve) => setTimeout(resolve, 400))
export default () => 'late'
