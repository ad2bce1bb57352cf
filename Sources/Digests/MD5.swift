internal import CCrypto

/// MD5 (RFC 1321) through libcrypto, for protocols that want it as a checksum. It protects nothing.
public enum MD5 {
    /// The digest of `bytes`, 16 bytes; nil where libcrypto is not allowed to make one.
    public static func hash(_ bytes: [UInt8]) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: 16)
        let isMade = unsafe bytes.withUnsafeBytes { bytes in
            unsafe digest.withUnsafeMutableBufferPointer { digest in
                unsafe EVP_Digest(bytes.baseAddress, bytes.count, digest.baseAddress, nil, EVP_md5(), nil) == 1
            }
        }
        return isMade ? digest : nil
    }
}
