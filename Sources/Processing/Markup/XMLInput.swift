internal import CMarkup

/// Hands a document to libxml2's XML parser (`xmlParseDocument`) piece by piece, and nothing more of it after the first error.
///
/// libxml2 sends no events behind an error but reads on, and there takes for a tag what was counted as text: one with so many attributes
/// that comparing them would take hours.
@safe final class XMLInput {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var context: xmlParserCtxtPtr?

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { unsafe self.bytes = unsafe bytes }

    /// Parses `bytes`, which are UTF-8 whatever they declare.
    ///
    /// - Parameters:
    ///   - options: of `xmlParserOption`, besides those that keep it quiet and off the network.
    ///   - handler: the events.
    ///   - data: what the events come with, valid during the call.
    ///   - attach: gets the context before the first event; it is freed when the call ends.
    /// - Returns: whether the document is well-formed, and the line of the last error; nil when there is no memory.
    static func parse(
        _ bytes: ArraySlice<UInt8>, options: UInt32 = 0, handler: xmlSAXHandler, data: UnsafeMutableRawPointer,
        attach: (xmlParserCtxtPtr) -> Void
    ) -> (isWhole: Bool, line: Int)? {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            let input = unsafe XMLInput(bytes)
            // Owned by the context for the length of this call.
            let owned = unsafe Unmanaged.passRetained(input)
            defer { unsafe owned.release() }
            guard
                let context = unsafe xmlCreateIOParserCtxt(
                    nil, nil, Self.read, nil, unsafe owned.toOpaque(), XML_CHAR_ENCODING_UTF8)
            else { return nil }
            // Frees the context and its copy of the input; there is no document, since the events are not libxml2's own.
            defer { unsafe xmlFreeParserCtxt(context) }
            let quiet =
                XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue | XML_PARSE_IGNORE_ENC.rawValue
            _ = unsafe xmlCtxtUseOptions(context, Int32(quiet | options))
            unsafe context.pointee.sax.pointee = unsafe handler
            unsafe context.pointee.userData = unsafe data
            unsafe input.context = unsafe context
            unsafe attach(context)
            _ = unsafe xmlParseDocument(context)
            return unsafe (context.pointee.wellFormed == 1, Int(context.pointee.lastError.line))
        }
    }

    private static let read: xmlInputReadCallback = { data, buffer, length in
        guard let data = unsafe data, let buffer = unsafe buffer else { return 0 }
        let input = unsafe Unmanaged<XMLInput>.fromOpaque(data).takeUnretainedValue()
        if let context = unsafe input.context, unsafe context.pointee.disableSAX != 0 { return 0 }
        let count = unsafe min(Int(length), input.bytes.count - input.position)
        guard count > 0 else { return 0 }
        unsafe UnsafeMutableRawBufferPointer(start: buffer, count: count)
            .copyMemory(from: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: input.bytes[input.position..<(input.position + count)])))
        input.position += count
        return Int32(count)
    }
}
