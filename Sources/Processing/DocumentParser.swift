internal import Digests
package import Domain

/// Reads the bytes of a page into blocks: HTML, Markdown and plain text. Pure: the same input gives the same output.
package enum DocumentParser {
    /// The longest input that is read.
    package static let maximumByteCount = 64 << 20

    /// What the bytes are read as.
    enum Format {
        case html, markdown, plain
    }

    /// Reads one page. Broken markup, wrong character sets and NULs never fail; what cannot be read is left out.
    ///
    /// CPU-bound: about 7 ms for a page of 165 kB on a busy core, most of it in libxml2. Call it from a `@concurrent` function.
    ///
    /// - Parameters:
    ///   - bytes: The body as it was received, decompressed.
    ///   - contentType: The media type without parameters, such as `text/html`; nil or unspecific when unknown, then the bytes decide.
    ///   - charset: The `charset` parameter of the media type, if there was one.
    ///   - url: The absolute address that the bytes came from, after redirects. Relative links are resolved against it.
    /// - Throws: `ProcessingError` when the media type is one that holds no text, or when there are more than 64 MiB.
    package static func parse(
        bytes: [UInt8], contentType: String?, charset: String? = nil, url: String
    ) throws(ProcessingError) -> PageContent {
        guard bytes.count <= maximumByteCount else {
            throw ProcessingError(.tooLarge, "The page has \(bytes.count) bytes; at most \(maximumByteCount) are read.")
        }
        let format = try format(contentType: contentType, url: url, bytes: bytes)
        let text = CharsetDetection.utf8(from: bytes, declared: charset, isHTML: format == .html)
        switch format {
        case .html: return page(html: TagGuard.limited(text), url: url, isMarkdown: false)
        case .markdown:
            let source = MarkdownSource(text)
            let page = page(html: TagGuard.limited(MarkdownRenderer.html(from: source.body)), url: url, isMarkdown: true)
            guard let title = source.title, !page.hasTitleHeading else { return page }
            return page.withTitle(title.clipped(to: HeadingCleaner.longest).text)
        case .plain: return PlainTextReader.page(text, url: url)
        }
    }

    private static func format(contentType: String?, url: String, bytes: [UInt8]) throws(ProcessingError) -> Format {
        let type = contentType?.split(separator: ";").first.map { String($0).trimmingSpaces().lowercased() } ?? ""
        let path = (URLReference(url)?.path ?? url).lowercased()
        let isMarkdownPath = [".md", ".markdown", ".mdx", ".mkd"].contains { path.hasSuffix($0) }
        switch type {
        case "text/html", "application/xhtml+xml": return .html
        case "text/markdown", "text/x-markdown": return .markdown
        case "", "application/octet-stream", "text/plain":
            if isMarkdownPath { return .markdown }
            if type != "text/plain" {
                if path.hasSuffix(".html") || path.hasSuffix(".htm") || startsLikeHTML(bytes) { return .html }
                guard !bytes.prefix(1024).contains(0) else { break }
            }
            return .plain
        case let other where other.hasPrefix("text/"): return isMarkdownPath ? .markdown : .plain
        default: break
        }
        throw ProcessingError(.unsupportedType, "The media type \(type.isEmpty ? "of binary data" : type) holds no readable text.")
    }

    private static func startsLikeHTML(_ bytes: [UInt8]) -> Bool {
        let start = bytes.prefix(512).drop { $0.isHTMLSpace || $0 >= 0x80 }.prefix(9).map(\.asciiLowercased)
        return start.elementsEqual("<!doctype".utf8) || start.starts(with: "<html".utf8) || start.starts(with: "<head".utf8)
            || start.starts(with: "<!--".utf8) || start.starts(with: "<body".utf8)
    }

    private static func page(html: [UInt8], url: String, isMarkdown: Bool) -> PageContent {
        let tree = HTMLTree(parsing: html)
        let metadata = PageMetadata(tree, url: url)
        let survey = PageSurvey(tree)
        var blocks: [ContentBlock] = []
        let root = isMarkdown ? (tree.nodes.isEmpty ? nil : 0) : survey.contentRoot(of: tree)
        if let root {
            var extractor = BlockExtractor(tree: tree, survey: survey, base: metadata.base, readsAttributeLists: isMarkdown)
            blocks = extractor.extract(root)
        }
        let title =
            blocks.firstTitle ?? metadata.title.map(HeadingCleaner.withoutSiteSuffix).flatMap { $0.isEmpty ? nil : $0 }
            ?? PageContent.fallbackTitle(url)
        return PageContent(
            url: url, title: title.clipped(to: HeadingCleaner.longest).text, blocks: blocks, links: metadata.links,
            isMissingLinks: metadata.isMissingLinks, canonical: metadata.canonical, language: metadata.language,
            isExcludedFromIndex: metadata.isExcludedFromIndex, isExcludedFromFollowing: metadata.isExcludedFromFollowing,
            textChecksum: PageContent.textChecksum(tree, survey: survey, root: root))
    }
}
