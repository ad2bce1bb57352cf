/// A Markdown file as authors of documentation write it: front matter, and the notations that GitHub's Markdown does not have.
struct MarkdownSource {
    /// The `title` of the front matter.
    private(set) var title: String?
    /// The text in GitHub's Markdown: notes and tabs as quotes, without front matter. Code fences are left alone.
    private(set) var body: [UInt8] = []

    init(_ source: [UInt8]) {
        var lines = source.split(separator: 0x0a, omittingEmptySubsequences: false).map { $0.last == 0x0d ? $0.dropLast() : $0 }[...]
        readFrontMatter(&lines)
        var output: [UInt8] = []
        output.reserveCapacity(source.count + source.count / 8)
        /// Open notes: their indentation, and whether they end with the indentation or with a closing line.
        var notes: [(indent: Int, isFenced: Bool)] = []
        var fence: ArraySlice<UInt8>?
        for line in lines {
            var line = line
            if fence == nil { closeNotes(&notes, before: line) }
            var prefix: [UInt8] = []
            for note in notes {
                prefix += Array("> ".utf8)
                if !note.isFenced { line = line.droppingIndent(upTo: 4) }
            }
            let content = line.drop { $0 == 0x20 }
            if let open = fence {
                if content.starts(with: open), content.dropFirst(open.count).allSatisfy({ $0 == open.first || $0.isHTMLSpace }) {
                    fence = nil
                }
            } else if content.starts(with: "```".utf8) || content.starts(with: "~~~".utf8), line.count - content.count < 4 {
                fence = content.prefix { $0 == content.first }
            } else if notes.last?.isFenced == true, content.elementsEqual("///".utf8) {
                notes.removeLast()
                output += prefix.dropLast(2)
                output.append(0x0a)
                continue
            } else if notes.count < 16, let note = Self.note(content) {
                output += prefix + Array("\n".utf8) + prefix + Array("> **".utf8) + note.title + Array("**\n".utf8) + prefix
                output += Array(">\n".utf8)
                notes.append((line.count - content.count, note.isFenced))
                continue
            }
            output += prefix
            output += line
            output.append(0x0a)
        }
        body = output
    }

    /// Ends the indented notes that `line` does not belong to.
    private func closeNotes(_ notes: inout [(indent: Int, isFenced: Bool)], before line: ArraySlice<UInt8>) {
        guard !line.allSatisfy(\.isHTMLSpace) else { return }
        var rest = line
        for (depth, note) in notes.enumerated() where !note.isFenced {
            let stripped = rest.droppingIndent(upTo: 4)
            if rest.count - stripped.count < 4, rest.first != 0x09 {
                notes.removeSubrange(depth...)
                return
            }
            rest = stripped
        }
    }

    private mutating func readFrontMatter(_ lines: inout ArraySlice<ArraySlice<UInt8>>) {
        guard let first = lines.first, first.elementsEqual("---".utf8),
            let end = lines.dropFirst().prefix(200).firstIndex(where: { $0.elementsEqual("---".utf8) || $0.elementsEqual("...".utf8) })
        else { return }
        for line in lines[(lines.startIndex + 1)..<end] where line.starts(with: "title:".utf8) {
            let value = String(decoding: line.dropFirst(6), as: UTF8.self).trimmingSpaces()
            title = value.count > 1 && (value.hasPrefix("\"") || value.hasPrefix("'")) ? String(value.dropFirst().dropLast()) : value
        }
        if title?.isEmpty == true { title = nil }
        lines = lines[(end + 1)...]
    }

    /// Reads the first line of a note: `!!! tip "Title"`, `??? note`, `=== "Tab"`, `/// warning | Title`.
    private static func note(_ line: ArraySlice<UInt8>) -> (title: [UInt8], isFenced: Bool)? {
        let text = String(decoding: line.prefix(300), as: UTF8.self)
        if text.hasPrefix("/// ") {
            let parts = text.dropFirst(4).split(separator: "|", maxSplits: 1)
            guard let kind = parts.first?.split(separator: " ").first, kind.allSatisfy({ $0.isLetter || $0 == "-" }) else { return nil }
            let title = parts.count > 1 ? String(parts[1]).trimmingSpaces() : String(kind).capitalizedFirst
            return (Array(title.utf8), true)
        }
        guard let mark = ["!!! ", "???+ ", "??? ", "=== "].first(where: { text.hasPrefix($0) }) else { return nil }
        let rest = text.dropFirst(mark.count)
        if let open = rest.firstIndex(of: "\""), let close = rest.lastIndex(of: "\""), open < close {
            return (Array(rest[rest.index(after: open)..<close].utf8), false)
        }
        guard mark != "=== ", let kind = rest.split(separator: " ").first, kind.allSatisfy({ $0.isLetter || $0 == "-" }) else { return nil }
        return (Array(String(kind).capitalizedFirst.utf8), false)
    }
}

extension ArraySlice<UInt8> {
    /// The line without up to `count` leading spaces, or without one leading tab.
    fileprivate func droppingIndent(upTo count: Int) -> ArraySlice<UInt8> {
        if first == 0x09 { return dropFirst() }
        return dropFirst(prefix { $0 == 0x20 }.prefix(count).count)
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
