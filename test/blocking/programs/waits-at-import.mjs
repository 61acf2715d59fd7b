await new Promise((resolve) => setTimeout(resolve, 400))
export default () => 'late'

/** For `inWorker`. */
export const filter = () => ({ data: (bytes) => bytes })
