/// Decides whether a path may be used below a root, from its bytes alone.
///
/// The result is the path in normal form C: use that, never the bytes. Links on the way down are the business of whoever opens the path:
/// it opens level by level and follows none.
package struct FilesystemGate: Gate {
    package let name = GateName.filesystem
    package let field: String
    private let policy: FilesystemPolicy

    /// - Parameter field: the input field that rejections name.
    package init(_ policy: FilesystemPolicy = FilesystemPolicy(), field: String = "path") {
        self.policy = policy
        self.field = field
    }

    /// - Parameter input: the path's bytes with `/` between the levels; one `/` at the end is left out.
    package func decide(_ input: [UInt8]) -> GateResult<CheckedPath> {
        guard input.count <= policy.maximumBytes else { return tooLong() }
        guard let text = UnicodeForm.composed(input) else {
            return reject(.portability, "The path is not UTF-8.", hint: "Write names in UTF-8.", "")
        }
        guard text.utf8.count <= policy.maximumBytes else { return tooLong() }
        if let reason = Self.upwards(text) { return reject(.traversal, reason, hint: "Use a path below the root.", text) }
        var segments = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if segments.count > 1, segments.last == "" { segments.removeLast() }
        if policy.dropsCurrentFolder, segments.first == "." { segments.removeFirst() }
        if segments.isEmpty { return .accepted(CheckedPath(segments: [])) }
        if let first = segments.first, first.hasPrefix(".") {
            return reject(.traversal, "The path begins with a dot.", hint: "Name files and folders without a leading dot.", text)
        }
        guard !segments.contains(where: { $0.isEmpty || $0 == "." }) else {
            return reject(.traversal, "The path has a level without a name.", hint: "Use a path below the root.", text)
        }
        guard segments.count <= policy.maximumDepth else {
            return reject(.depth, "The path has \(segments.count) levels.", limit: "\(policy.maximumDepth)", text)
        }
        if let longest = segments.map(\.utf8.count).max(), longest > policy.maximumSegmentBytes {
            return reject(
                .segmentLength, "A name in the path has \(longest) bytes.", limit: "\(policy.maximumSegmentBytes) bytes", text)
        }
        for segment in segments {
            if let reason = PortableName.objection(segment) {
                return reject(.portability, "A name in the path \(reason).", hint: "Rename it.", text)
            }
        }
        return .accepted(CheckedPath(segments: segments))
    }

    /// Why `text` does not lead downwards; `nil` when it does. A backslash counts as a separator here, because some systems read it so.
    private static func upwards(_ text: String) -> String? {
        if text.isEmpty { return "The path is empty." }
        if text.utf8.first == UInt8(ascii: "/") || text.utf8.first == UInt8(ascii: "\\") { return "The path is absolute." }
        let start = Array(text.utf8.prefix(2))
        if start.count == 2, start[1] == UInt8(ascii: ":"), UInt8(ascii: "a")...UInt8(ascii: "z") ~= start[0] | 0x20 {
            return "The path names a drive."
        }
        let levels = text.utf8.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        return levels.contains { $0.elementsEqual("..".utf8) } ? "The path leads upwards." : nil
    }

    private func tooLong() -> GateResult<CheckedPath> {
        reject(.pathLength, "The path is too long.", limit: "\(policy.maximumBytes) bytes", "")
    }

    private func reject(
        _ code: Rejection.Code, _ message: String, limit: String? = nil, hint: String? = nil, _ path: String
    ) -> GateResult<CheckedPath> {
        .rejected(Rejection(code, message, field: field, limit: limit, hint: hint, details: path.isEmpty ? [:] : ["path": path]))
    }
}
