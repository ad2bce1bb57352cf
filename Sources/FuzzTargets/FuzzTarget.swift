/// A decoder of bytes from outside, with inputs to begin with. `make fuzz` runs each under libFuzzer and AddressSanitizer, and `make test` each
/// on its seeds and some thousand mutations of them.
package struct FuzzTarget: Sendable {
    /// What is decoded; also the name of its corpus.
    package let name: String
    /// Inputs that reach deep into the decoder.
    package let seeds: @Sendable () -> [[UInt8]]
    /// Decodes the bytes. Errors are fine; a trap, a sanitizer's report or a broken promise, which is a trap too, is a finding.
    package let run: @Sendable ([UInt8]) -> Void

    init(_ name: String, seeds: @escaping @Sendable () -> [[UInt8]], run: @escaping @Sendable ([UInt8]) -> Void) {
        (self.name, self.seeds, self.run) = (name, seeds, run)
    }

    /// A target whose seeds are texts.
    init(_ name: String, _ seeds: [String], run: @escaping @Sendable ([UInt8]) -> Void) {
        self.init(name, seeds: { seeds.map { Array($0.utf8) } }, run: run)
    }

    /// Every target.
    package static let all: [FuzzTarget] = [
        .envelope, .resp, .rows, .addresses, .html, .markdown, .siteURL, .robots, .sitemap, .storageFormat, .jsonRPC, .mcpRequest, .mcpText,
        .wordPiece,
    ]
}
