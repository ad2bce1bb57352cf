internal import CMarkup

extension HTMLTree {
    /// libxml2 wants to be initialised before several threads use it.
    private static let isReady: Bool = {
        xmlInitParser()
        return true
    }()

    /// Parses `html`, which must be UTF-8, by libxml2's HTML parser (`htmlParseDocument`) in recovery mode.
    ///
    /// Never fails: whatever can be read becomes the tree, in the worst case an empty one. Nothing is fetched, no external entity is
    /// loaded, and elements deeper than `HTMLTreeBuilder.maximumDepth` become siblings.
    init(parsing html: [UInt8]) {
        self.init()
        // Ranges are 32 bits wide; libxml2's own sizes are too.
        guard Self.isReady, !html.isEmpty, html.count < Int(Int32.max) / 4 else { return }
        let run = Run(HTMLTreeBuilder(byteCount: html.count))
        unsafe html.withUnsafeBufferPointer { input in
            unsafe input.withMemoryRebound(to: CChar.self) { input in
                guard let context = unsafe htmlCreateMemoryParserCtxt(input.baseAddress, Int32(input.count)) else { return }
                // Frees the context and its copy of the input; there is no document, since the events are ours.
                defer { unsafe htmlFreeParserCtxt(context) }
                let options =
                    HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
                    | HTML_PARSE_NONET.rawValue | HTML_PARSE_IGNORE_ENC.rawValue
                _ = unsafe htmlCtxtUseOptions(context, Int32(options))
                _ = unsafe xmlSwitchEncoding(context, XML_CHAR_ENCODING_UTF8)
                unsafe context.pointee.sax.pointee = Self.handler()
                // Owned by the context for the length of this call.
                let owned = unsafe Unmanaged.passRetained(run)
                defer { unsafe owned.release() }
                unsafe run.context = unsafe context
                unsafe context.pointee.userData = unsafe owned.toOpaque()
                _ = unsafe htmlParseDocument(context)
            }
        }
        self = run.builder.finish()
    }

    /// What a callback needs: the builder, and the parser whose stack of open elements it keeps short.
    ///
    /// A class, because the C callbacks reach it through an unmanaged pointer. They touch the builder once for each event: every access to
    /// a variable of a class is checked for exclusiveness.
    @safe private final class Run {
        var builder: HTMLTreeBuilder
        var context: htmlParserCtxtPtr?

        init(_ builder: HTMLTreeBuilder) { self.builder = builder }

        /// Takes elements off libxml2's stack of names until it is no deeper than allowed; its closing events then fit ours again.
        func limitDepth() {
            guard let context = unsafe context else { return }
            while builder.depth > HTMLTreeBuilder.maximumDepth {
                builder.end()
                guard unsafe context.pointee.nameNr > 1 else { continue }
                unsafe context.pointee.nameNr -= 1
                unsafe context.pointee.name = unsafe context.pointee.nameTab[Int(context.pointee.nameNr) - 1]
            }
        }
    }

    private static func handler() -> xmlSAXHandler {
        var handler = unsafe xmlSAXHandler()
        unsafe handler.startElement = { data, name, attributes in
            guard let data = unsafe data, let name = unsafe name else { return }
            let run = unsafe Unmanaged<Run>.fromOpaque(data).takeUnretainedValue()
            let depth = unsafe run.builder.start(name, attributes: attributes)
            // What is in a script is text only as long as libxml2 knows that it is open.
            if depth > HTMLTreeBuilder.maximumDepth, !run.builder.isInRawText { run.limitDepth() }
        }
        unsafe handler.endElement = { data, _ in
            guard let data = unsafe data else { return }
            unsafe Unmanaged<Run>.fromOpaque(data).takeUnretainedValue().builder.end()
        }
        unsafe handler.characters = { data, text, count in
            guard let data = unsafe data, let text = unsafe text, count > 0 else { return }
            let run = unsafe Unmanaged<Run>.fromOpaque(data).takeUnretainedValue()
            unsafe run.builder.characters(UnsafeBufferPointer(start: text, count: Int(count)))
        }
        unsafe handler.ignorableWhitespace = unsafe handler.characters
        return unsafe handler
    }
}
