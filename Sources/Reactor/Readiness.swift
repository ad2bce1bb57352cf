/// The sides of a descriptor: what a watch waits for, and what it reports.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Bytes to read, end of file, or an error.
    package static let read = Readiness(rawValue: 1)
    /// Room to write, or an error.
    package static let write = Readiness(rawValue: 2)
}
