export default (job: unknown): unknown => job
