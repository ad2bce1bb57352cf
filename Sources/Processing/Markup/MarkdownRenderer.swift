internal import CMarkup

/// cmark-gfm, with GitHub's tables, strikethrough, autolinks, task lists and footnotes.
enum MarkdownRenderer {
    private static let isReady: Bool = {
        cmark_gfm_core_extensions_ensure_registered()
        return true
    }()

    /// `markdown`, which must be UTF-8, as an HTML fragment. HTML inside it passes through, since the HTML side cleans it anyway.
    ///
    /// Empty when cmark cannot allocate its parser.
    static func html(from markdown: [UInt8]) -> [UInt8] { html(from: markdown, options: CMARK_OPT_UNSAFE | CMARK_OPT_FOOTNOTES) }

    /// - Parameter options: `CMARK_OPT_…`.
    static func html(from markdown: [UInt8], options: Int32) -> [UInt8] {
        guard isReady else { return [] }
        // Freed below with everything that it allocated for itself.
        guard let parser = unsafe cmark_parser_new(options) else { return [] }
        defer { unsafe cmark_parser_free(parser) }
        for name in ["table", "strikethrough", "autolink", "tasklist"] {
            if let syntax = unsafe cmark_find_syntax_extension(name) {
                _ = unsafe cmark_parser_attach_syntax_extension(parser, syntax)
            }
        }
        unsafe markdown.withUnsafeBytes { input in
            unsafe cmark_parser_feed(parser, input.bindMemory(to: CChar.self).baseAddress, input.count)
        }
        guard let document = unsafe cmark_parser_finish(parser) else { return [] }
        defer { unsafe cmark_node_free(document) }
        guard let html = unsafe cmark_render_html(document, options, cmark_parser_get_syntax_extensions(parser)) else { return [] }
        // The rendered string belongs to the default allocator, which is the C library's.
        defer { unsafe cmark_get_default_mem_allocator().pointee.free(html) }
        let count = unsafe Int(xmlStrlen(UnsafeRawPointer(html).assumingMemoryBound(to: xmlChar.self)))
        return unsafe Array(UnsafeRawBufferPointer(start: html, count: count))
    }
}
