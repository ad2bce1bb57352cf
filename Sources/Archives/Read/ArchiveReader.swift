import CArchive
import Domain
import Glibc
import Policy

/// One walk through an archive: headers in order, and the content of those that are wanted. Zip by its directory, tar plain or compressed.
@safe final class ArchiveReader {
    // Freed in deinit.
    private let archive: OpaquePointer
    private let file: MappedFile
    private let zipSizes: [Int64]
    private var entries = 0
    private var start: Int64 = 0

    /// - Parameter zipSizes: what ``ZipDirectory`` found in the file.
    /// - Throws: ``Domain/Fault`` `E_EXTRACT_CORRUPT` for what is neither.
    init(_ file: MappedFile, zipSizes: [Int64], maximumFilters: Int) throws(Fault) {
        guard let archive = unsafe archive_read_new() else { throw .disk("archive_read_new", 12) }
        unsafe self.archive = archive
        (self.file, self.zipSizes) = (file, zipSizes)
        _ = unsafe archive_read_support_filter_none(archive)
        _ = unsafe archive_read_support_filter_gzip(archive)
        _ = unsafe archive_read_support_filter_bzip2(archive)
        _ = unsafe archive_read_support_filter_xz(archive)
        _ = unsafe archive_read_support_filter_zstd(archive)
        _ = unsafe archive_read_support_format_tar(archive)
        // The other way to read a zip ignores its directory, which says what is a link and where the archive ends.
        _ = unsafe archive_read_support_format_zip_seekable(archive)
        let bytes = unsafe file.bytes
        guard unsafe archive_read_open_memory(archive, bytes.baseAddress, bytes.count) == ARCHIVE_OK else {
            throw .archive(
                .corrupt, "The file is neither a zip nor a tar archive.", limit: "zip, tar, tar with gzip, bzip2, xz or zstd")
        }
        // The last one is the file itself.
        guard unsafe Int(archive_filter_count(archive)) - 1 <= maximumFilters else {
            throw .archive(.corrupt, "The archive is compressed more than once.", limit: "\(maximumFilters)")
        }
    }

    deinit { _ = unsafe archive_read_free(archive) }

    /// The format in words, such as `POSIX ustar format`; known after the first header.
    var format: String { unsafe archive_format_name(archive).map { unsafe String(cString: $0) } ?? "unknown" }
    /// Bytes of the archive that were read for the entry so far; nil where nothing is compressed.
    var share: Int64? {
        if isZip { return zipSizes[entries - 1] }
        // A compression around the tar hands out blocks. What lies before the entry in its first block was read already, so one is added.
        return unsafe archive_filter_count(archive) > 1 ? position - start + (64 << 10) : nil
    }

    private var isZip: Bool { unsafe archive_format(archive) & 0xFF0000 == 0x50000 }
    private var position: Int64 { unsafe Int64(archive_filter_bytes(archive, -1)) }

    /// The next header, or nil at the end.
    func next() throws(Fault) -> ArchiveHeader? {
        var entry: OpaquePointer?
        let code = unsafe archive_read_next_header(archive, &entry)
        switch code {
        case ARCHIVE_EOF:
            guard !isZip || entries == zipSizes.count else { throw damaged() }
            return nil
        case ARCHIVE_OK, ARCHIVE_WARN: break
        default: throw damaged()
        }
        guard let entry = unsafe entry else { throw damaged() }
        entries += 1
        start = position
        guard !isZip || entries <= zipSizes.count else { throw damaged() }
        guard let name = unsafe archive_entry_pathname(entry) else {
            throw .archive(.portability, "A name in the archive is not text.", hint: "Write names in UTF-8.")
        }
        let path = unsafe Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
        return unsafe ArchiveHeader(
            path: path, kind: Self.kind(entry),
            size: archive_entry_size_is_set(entry) != 0 ? Int64(archive_entry_size(entry)) : nil,
            isEncrypted: archive_entry_is_encrypted(entry) != 0, isSparse: archive_entry_sparse_count(entry) > 0)
    }

    /// Whether passing over content costs nothing, because nothing has to be decompressed for it.
    var isSkippable: Bool { unsafe isZip || archive_filter_count(archive) <= 1 }

    /// Passes over the content of the entry.
    func skip() throws(Fault) {
        guard unsafe archive_read_data_skip(archive) == ARCHIVE_OK else { throw damaged() }
    }

    /// Reads the content of the entry to its end. The checksum that the archive has for it is compared.
    ///
    /// - Parameter body: gets the blocks in order, up to 1 MiB each.
    func read(_ body: (RawSpan) throws(Fault) -> Void) throws(Fault) {
        var expected: Int64 = 0
        while true {
            var block: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let code = unsafe archive_read_data_block(archive, &block, &count, &offset)
            if code == ARCHIVE_EOF { return }
            guard code == ARCHIVE_OK else { throw damaged() }
            guard offset == expected else { throw .archive(.special, "An entry has parts that are only implied.") }
            expected += Int64(count)
            var rest = unsafe UnsafeRawBufferPointer(start: block, count: count)
            while unsafe !rest.isEmpty {
                let part = min(rest.count, 1 << 20)
                try unsafe body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: rest[..<part])))
                unsafe rest = UnsafeRawBufferPointer(rebasing: rest[part...])
            }
        }
    }

    private func damaged() -> Fault {
        .archive(.corrupt, "The archive is damaged or cut off.", hint: "Make it again, and compare its checksum after the transfer.")
    }

    private static func kind(_ entry: OpaquePointer) -> ExtractionEntry.Kind {
        if unsafe archive_entry_hardlink(entry) != nil { return .hardLink }
        // S_IFMT and its values, which libarchive defines anew for systems without them.
        switch unsafe archive_entry_filetype(entry) & 0o170000 {
        case 0o100000: return .file
        case 0o040000: return .folder
        case 0o120000: return .symbolicLink
        case 0o020000, 0o060000: return .device
        case 0o010000: return .pipe
        case 0o140000: return .socket
        default: return .unknown
        }
    }
}
