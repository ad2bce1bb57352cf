import CArchive
package import Domain

/// Single files that are compressed with gzip, such as `sitemap.xml.gz`.
package enum GzipFile {
    /// Whether `bytes` begin as gzip does (RFC 1952, 2.3.1).
    package static func isCompressed(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// What `bytes` hold, by libarchive's gzip filter. Blocks for as long as it takes: call it from a `@concurrent` function.
    ///
    /// - Parameter limit: bytes that may come out.
    /// - Throws: ``Domain/Fault``: `E_EXTRACT_CORRUPT` for what is damaged or cut off, `E_FILE_SIZE_STREAM` when more comes out.
    package static func inflated(_ bytes: [UInt8], limit: Int) throws(Fault) -> [UInt8] {
        guard let archive = unsafe archive_read_new() else { throw .disk("archive_read_new", 12) }
        defer { _ = unsafe archive_read_free(archive) }
        _ = unsafe archive_read_support_filter_gzip(archive)
        _ = unsafe archive_read_support_format_raw(archive)
        var output: [UInt8] = []
        var isTooLarge = false
        let isWhole = unsafe bytes.withUnsafeBytes { input in
            var entry: OpaquePointer?
            guard unsafe archive_read_open_memory(archive, input.baseAddress, input.count) == ARCHIVE_OK,
                unsafe archive_filter_count(archive) == 2, unsafe archive_read_next_header(archive, &entry) == ARCHIVE_OK
            else { return false }
            while true {
                var block: UnsafeRawPointer?
                var count = 0
                var offset: Int64 = 0
                let code = unsafe archive_read_data_block(archive, &block, &count, &offset)
                if code == ARCHIVE_EOF { return true }
                guard code == ARCHIVE_OK, Int(offset) == output.count else { return false }
                guard output.count + count <= limit else {
                    isTooLarge = true
                    return false
                }
                unsafe output.append(contentsOf: UnsafeRawBufferPointer(start: block, count: count))
            }
        }
        if isTooLarge {
            throw Fault(
                .security, code: "E_FILE_SIZE_STREAM", "More than \(limit) bytes come out of the file.", limit: "\(limit) bytes")
        }
        guard isWhole else { throw .archive(.corrupt, "The file is no gzip file, or is cut off.") }
        return output
    }
}
