/// Where log lines go.
package protocol LogOutput: Sendable {
    /// Takes one whole line with its line feed. May block for as long as the reader of a full pipe does.
    func write(_ line: [UInt8])
}
