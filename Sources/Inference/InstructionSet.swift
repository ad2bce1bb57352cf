/// Which instructions the kernel uses. Each set includes the ones before it.
package enum InstructionSet: Int32, Sendable, Hashable, CaseIterable, Comparable, CustomStringConvertible {
    /// The best that this processor and its operating system offer.
    case automatic = 0
    /// Vectors that any processor has; float.
    case portable = 1
    /// AVX2 with fused multiplication; float.
    case avx2 = 2
    /// AVX-512; float.
    case avx512 = 3
    /// AVX-512 with bfloat16 products: vectors within cosine 0.0001 of the float ones.
    case avx512BFloat16 = 4
    /// AVX-512 and the tile unit (AMX) for bfloat16 products; same precision as `avx512BFloat16`.
    case amxBFloat16 = 5

    /// The best one here; never `automatic`.
    package static var best: InstructionSet { InstructionSet(rawValue: kernelBestInstructionSet()) ?? .portable }

    /// All that this machine can run, worst first, without `automatic`.
    package static var available: [InstructionSet] { allCases.filter { $0 != .automatic && $0 <= best } }

    /// The name for metrics and health pages, such as `avx512-bf16`.
    package var description: String {
        switch self {
        case .automatic: "automatic"
        case .portable: "portable"
        case .avx2: "avx2"
        case .avx512: "avx512"
        case .avx512BFloat16: "avx512-bf16"
        case .amxBFloat16: "amx-bf16"
        }
    }

    package static func < (left: InstructionSet, right: InstructionSet) -> Bool { left.rawValue < right.rawValue }
}
