/// The links of a Markdown text, as a reader of that text could follow them.
///
/// What the crawler keeps of a page is its own bookkeeping and no answer: it knows the addresses of one site only, without their queries and with
/// marks of its own among them.
enum SectionLinks {
    /// Links of one answer.
    static let limit = 50

    /// The targets of the inline links and autolinks of `markdown`, in their order and each once; not those of images, and none out of code.
    /// Reads each byte a bounded number of times, whatever the text.
    ///
    /// - Parameter limit: how many at most.
    static func targets(in markdown: String, limit: Int = limit) -> [String] {
        var scanner = Scanner(limit: limit)
        for line in Array(markdown.utf8).split(separator: UInt8(ascii: "\n")) {
            if scanner.isFull { break }
            scanner.read(Array(line))
        }
        return scanner.targets
    }

    /// Goes over a text line by line: neither a link nor a code span of a section is cut by the end of a line.
    private struct Scanner {
        let limit: Int
        var targets: [String] = []
        private var seen: Set<String> = []
        /// The mark of the code block that is open.
        private var fence: (mark: UInt8, count: Int)?

        init(limit: Int) { self.limit = limit }

        var isFull: Bool { targets.count >= limit }

        mutating func read(_ line: [UInt8]) {
            let content = line.drop { $0 == 0x20 || $0 == UInt8(ascii: ">") }
            if let mark = content.first, mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") {
                let run = content.prefix { $0 == mark }
                let rest = content[run.endIndex...]
                if let open = fence {
                    if mark == open.mark, run.count >= open.count, rest.allSatisfy({ $0 == 0x20 }) { fence = nil }
                    return
                }
                if run.count >= 3, mark == UInt8(ascii: "~") || !rest.contains(mark) {
                    fence = (mark, run.count)
                    return
                }
            }
            if fence == nil { readText(line) }
        }

        private mutating func readText(_ line: [UInt8]) {
            // Where the last run of so many backticks is: one without another behind it opens no code, and nobody looks for its end.
            var lastRuns: [Int: Int] = [:]
            var position = 0
            while position < line.count {
                let count = run(in: line, at: position)
                if count > 0 { lastRuns[count] = position }
                position += max(1, count)
            }
            /// Those that are open, and whether they are of images.
            var brackets: [Bool] = []
            position = 0
            while position < line.count, !isFull {
                switch line[position] {
                case UInt8(ascii: "\\"): position += 2
                case UInt8(ascii: "`"):
                    let count = run(in: line, at: position)
                    position += count
                    guard let last = lastRuns[count], last >= position else { continue }
                    while position < line.count {
                        let next = run(in: line, at: position)
                        position += max(1, next)
                        if next == count { break }
                    }
                case UInt8(ascii: "["):
                    brackets.append(position > 0 && line[position - 1] == UInt8(ascii: "!"))
                    position += 1
                case UInt8(ascii: "]"):
                    position += 1
                    guard let isImage = brackets.popLast(), position < line.count, line[position] == UInt8(ascii: "(") else { continue }
                    let (target, end) = self.target(in: line, at: position + 1)
                    position = end
                    if let target, !isImage { add(target) }
                case UInt8(ascii: "<"):
                    position += 1
                    let text = line[position...].prefix { $0 > 0x20 && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
                    if text.endIndex < line.count, line[text.endIndex] == UInt8(ascii: ">"), Self.isAddress(text) { add(text) }
                    position = text.endIndex
                default: position += 1
                }
            }
        }

        /// The target that begins at `start` and where it ends; nil and `start` where there is none. Never looks beyond the end of another link's text,
        /// so that what is read again is read twice at most.
        private func target(in line: [UInt8], at start: Int) -> (ArraySlice<UInt8>?, end: Int) {
            var position = start
            var target: ArraySlice<UInt8>
            if position < line.count, line[position] == UInt8(ascii: "<") {
                target = line[(position + 1)...].prefix { $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
                position = target.endIndex
                guard position < line.count, line[position] == UInt8(ascii: ">") else { return (nil, start) }
                position += 1
            } else {
                var depth = 0
                while position < line.count, line[position] > 0x20, !isLink(line, position) {
                    if line[position] == UInt8(ascii: "(") { depth += 1 }
                    if line[position] == UInt8(ascii: ")") {
                        if depth == 0 { break }
                        depth -= 1
                    }
                    position += line[position] == UInt8(ascii: "\\") ? 2 : 1
                }
                position = min(position, line.count)
                target = line[start..<position]
            }
            // A title may follow.
            while position < line.count, line[position] != UInt8(ascii: ")") {
                guard !isLink(line, position) else { return (nil, start) }
                position += 1
            }
            guard position < line.count, !target.isEmpty else { return (nil, start) }
            return (target, position + 1)
        }

        private func isLink(_ line: [UInt8], _ position: Int) -> Bool {
            line[position] == UInt8(ascii: "]") && position + 1 < line.count && line[position + 1] == UInt8(ascii: "(")
        }

        /// Backticks at `position`.
        private func run(in line: [UInt8], at position: Int) -> Int {
            var end = position
            while end < line.count, line[end] == UInt8(ascii: "`") { end += 1 }
            return end - position
        }

        /// Whether `text` begins with a scheme, as what stands in angle brackets must to be no markup.
        private static func isAddress(_ text: ArraySlice<UInt8>) -> Bool {
            let scheme = text.prefix { $0 != UInt8(ascii: ":") }
            return scheme.endIndex < text.endIndex && (2...32).contains(scheme.count)
                && scheme.allSatisfy { isWord($0) && $0 < 0x80 }
        }

        private static func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                0x80...:
                true
            default: false
            }
        }

        private mutating func add(_ target: ArraySlice<UInt8>) {
            var bytes: [UInt8] = []
            for byte in target {
                // A backslash before a sign of Markdown is none of the address; before another character it cannot be there.
                if bytes.last == UInt8(ascii: "\\"), !Self.isWord(byte) { bytes.removeLast() }
                bytes.append(byte)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if seen.insert(text).inserted { targets.append(text) }
        }
    }
}
