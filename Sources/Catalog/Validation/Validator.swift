import Domain

/// One way of looking at a version. Pure; stops when `hasTime` says no, and what it did not reach counts as timeout.
struct Validator: Sendable {
    let name: String
    let check: @Sendable (_ subject: ValidationSubject, _ hasTime: () -> Bool) -> [FileValidation]

    /// All, with `largestPage` in bytes.
    static func all(largestPage: Int64) -> [Validator] { [size(largestPage: largestPage), encoding, duplicates, links, chunkSize] }

    /// Formats whose files are pages.
    static let pageFormats: Set<String> = ["html", "htm", "xhtml", "md", "markdown", "txt", "rst"]

    /// Runs `finding` for each of `items`; nil means that nothing is wrong.
    private static func each<Item>(
        _ validator: String, _ items: [Item], _ name: (Item) -> String, _ hasTime: () -> Bool, _ finding: (Item) -> String?
    ) -> [FileValidation] {
        items.map { item in
            guard hasTime() else { return FileValidation(path: name(item), validator: validator, status: .timeout) }
            let detail = finding(item)
            return FileValidation(path: name(item), validator: validator, status: detail == nil ? .pass : .fail, detail: detail)
        }
    }

    /// No page is empty or larger than what can be read.
    static func size(largestPage: Int64) -> Validator {
        Validator(name: "size") { subject, hasTime in
            each("size", subject.files.filter { pageFormats.contains($0.format) }, \.path, hasTime) { file in
                if file.bytes == 0 { return "The file is empty." }
                return file.bytes > largestPage ? "The file has \(file.bytes) bytes, more than \(largestPage)." : nil
            }
        }
    }

    /// All bytes were text.
    static let encoding = Validator(name: "encoding") { subject, hasTime in
        each("encoding", subject.pages, \.name, hasTime) { $0.isDamaged ? "Some bytes are no text in the page's encoding." : nil }
    }

    /// No two pages have the same text.
    static let duplicates = Validator(name: "duplicates") { subject, hasTime in
        var first: [[UInt8]: String] = [:]
        return each("duplicates", subject.pages, \.name, hasTime) { page in
            if let other = first[page.checksum] { return "The text is the same as that of \(other)." }
            first[page.checksum] = page.name
            return nil
        }
    }

    /// Links inside lead to something.
    static let links = Validator(name: "links") { subject, hasTime in
        let places = subject.base.map { LinkPlaces(base: $0, files: subject.files.map(\.path)) }
        return each("links", subject.pages, \.name, hasTime) { page in
            let broken = page.links.filter { subject.brokenLinks.contains($0) || places?.lacks($0) ?? false }
            guard let one = broken.first else { return nil }
            return broken.count == 1 ? "A link leads nowhere: \(one)" : "\(broken.count) links lead nowhere, such as \(one)"
        }
    }

    /// No chunk is longer than the model reads.
    static let chunkSize = Validator(name: "chunk_size") { subject, hasTime in
        each("chunk_size", subject.pages, \.name, hasTime) { page in
            page.longestChunk > subject.chunkLimit ? "A chunk has \(page.longestChunk) tokens, more than \(subject.chunkLimit)." : nil
        }
    }
}

/// The addresses of a version's files.
private struct LinkPlaces {
    private let base: String
    private let places: Set<String>

    init(base: String, files: [String]) {
        self.base = base
        var places: Set<String> = [""]
        for file in files {
            places.insert(file)
            // A link to a folder, or without the ending, is one that servers follow.
            var rest = file[...]
            while let slash = rest.lastIndex(of: "/") {
                rest = rest[..<slash]
                if !places.insert(String(rest)).inserted { break }
            }
            for ending in [".html", ".htm", ".md"] where file.hasSuffix(ending) { places.insert(String(file.dropLast(ending.count))) }
        }
        self.places = places
    }

    /// Whether `link` leads into the version, and nothing is there.
    func lacks(_ link: String) -> Bool {
        guard link.hasPrefix(base) else { return false }
        var path = link.dropFirst(base.count).prefix { $0 != "?" && $0 != "#" }
        while path.hasSuffix("/") { path.removeLast() }
        guard let decoded = PercentEncoding.decoded(path) else { return false }
        return !places.contains(decoded)
    }
}
