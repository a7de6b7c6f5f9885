namespace EdgeQinn.Devices.Recordings;

/// <summary>Annotation codes of the WFDB library's MIT format (<c>ecgcodes.h</c>); the letter is the code's usual symbol.</summary>
public enum AnnotationCode : byte
{
    /// <summary>No annotation.</summary>
    None = 0,
    /// <summary>N: normal beat.</summary>
    Normal = 1,
    /// <summary>L: left bundle branch block beat.</summary>
    LeftBundleBranchBlock = 2,
    /// <summary>R: right bundle branch block beat.</summary>
    RightBundleBranchBlock = 3,
    /// <summary>a: aberrated atrial premature beat.</summary>
    AberratedAtrialPremature = 4,
    /// <summary>V: premature ventricular contraction.</summary>
    VentricularPremature = 5,
    /// <summary>F: fusion of ventricular and normal beat.</summary>
    Fusion = 6,
    /// <summary>J: nodal (junctional) premature beat.</summary>
    NodalPremature = 7,
    /// <summary>A: atrial premature beat.</summary>
    AtrialPremature = 8,
    /// <summary>S: premature or ectopic supraventricular beat.</summary>
    SupraventricularPremature = 9,
    /// <summary>E: ventricular escape beat.</summary>
    VentricularEscape = 10,
    /// <summary>j: nodal (junctional) escape beat.</summary>
    NodalEscape = 11,
    /// <summary>/: paced beat.</summary>
    Paced = 12,
    /// <summary>Q: unclassifiable beat.</summary>
    Unclassifiable = 13,
    /// <summary>~: change in signal quality.</summary>
    SignalQuality = 14,
    /// <summary>|: isolated QRS-like artefact.</summary>
    Artefact = 16,
    /// <summary>s: ST change.</summary>
    StChange = 18,
    /// <summary>T: T-wave change.</summary>
    TWaveChange = 19,
    /// <summary>*: systole.</summary>
    Systole = 20,
    /// <summary>D: diastole.</summary>
    Diastole = 21,
    /// <summary>": comment.</summary>
    Comment = 22,
    /// <summary>=: measurement.</summary>
    Measurement = 23,
    /// <summary>p: P-wave peak.</summary>
    PWave = 24,
    /// <summary>B: left or right bundle branch block.</summary>
    BundleBranchBlock = 25,
    /// <summary>^: non-conducted pacer spike.</summary>
    PacerSpike = 26,
    /// <summary>t: T-wave peak.</summary>
    TWave = 27,
    /// <summary>+: rhythm change.</summary>
    Rhythm = 28,
    /// <summary>u: U-wave peak.</summary>
    UWave = 29,
    /// <summary>?: beat during learning.</summary>
    Learning = 30,
    /// <summary>!: ventricular flutter wave.</summary>
    FlutterWave = 31,
    /// <summary>[: start of ventricular flutter or fibrillation.</summary>
    FibrillationStart = 32,
    /// <summary>]: end of ventricular flutter or fibrillation.</summary>
    FibrillationEnd = 33,
    /// <summary>e: atrial escape beat.</summary>
    AtrialEscape = 34,
    /// <summary>n: supraventricular escape beat.</summary>
    SupraventricularEscape = 35,
    /// <summary>@: link to external data.</summary>
    Link = 36,
    /// <summary>x: non-conducted P wave.</summary>
    BlockedAtrialPremature = 37,
    /// <summary>f: fusion of paced and normal beat.</summary>
    PacedFusion = 38,
    /// <summary>(: waveform onset.</summary>
    WaveOnset = 39,
    /// <summary>): waveform end.</summary>
    WaveEnd = 40,
    /// <summary>r: R-on-T premature ventricular contraction.</summary>
    ROnT = 41,
}

/// <summary>Symbols and classes of annotation codes.</summary>
public static class AnnotationCodes
{
    // Index = code; a space stands for codes without a meaning.
    const string Symbols = " NLRaVFJASEj/Q~ | sT*D\"=pB^t+u?![]en@xf()r";

    /// <summary>The usual one-letter symbol; a space for codes without one.</summary>
    public static char Symbol(this AnnotationCode code) => (int)code < Symbols.Length ? Symbols[(int)code] : ' ';

    /// <summary>The code of a symbol, or <see cref="AnnotationCode.None"/>.</summary>
    public static AnnotationCode Parse(char symbol) => symbol == ' ' ? AnnotationCode.None : (AnnotationCode)Math.Max(0, Symbols.IndexOf(symbol));

    /// <summary>
    /// Whether the code marks a heart beat. Flutter waves are none: ANSI/AAMI EC57 leaves fibrillation out of beat-by-beat comparison.
    /// </summary>
    public static bool IsBeat(this AnnotationCode code) => code is
        (>= AnnotationCode.Normal and <= AnnotationCode.Unclassifiable) or AnnotationCode.BundleBranchBlock or AnnotationCode.Learning
        or AnnotationCode.AtrialEscape or AnnotationCode.SupraventricularEscape or AnnotationCode.PacedFusion or AnnotationCode.ROnT;
}
