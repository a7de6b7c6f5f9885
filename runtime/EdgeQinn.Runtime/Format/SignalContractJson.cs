using System.Text.Json;

namespace EdgeQinn.Runtime.Format;

/// <summary>The JSON form of <see cref="SignalContract"/>; FORMAT.md is its specification.</summary>
static class SignalContractJson
{
    /// <summary>The contract's own version. It grows with every field that older readers must not ignore, which is every field.</summary>
    const int Version = 3;

    /// <summary>The version that a contract needs which uses nothing newer: so that older readers take what they can.</summary>
    const int FirstVersion = 1;

    const double MaxRate = 1e9;
    const int MaxSamples = 1 << 24;
    const double MostSeconds = 3600;

    static readonly string[] GapActions = ["reset", "hold", "interpolate"];
    static readonly string[] RepeatActions = ["drop", "reset"];
    static readonly string[] DriftActions = ["report", "resample", "reset"];
    static readonly string[] FilterKinds = ["lowpass", "highpass", "bandpass", "bandstop", "notch"];
    static readonly string[] Triggers = ["beat", "hop"];
    static readonly string[] Features = ["samples", "rr", "log-spectrum"];
    static readonly string[] Decisions = ["class", "anomaly"];

    public static SignalContract Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(new JsonFields(document.RootElement, ""));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new GraphException($"the signal contract is not valid JSON: {e.Message}", e);
        }
    }

    static SignalContract Read(JsonFields root)
    {
        int version = root.Int("version", 1);
        if (version > Version) throw root.Fail("version", $"is {version}; this program reads versions {FirstVersion} to {Version}");
        if (version < 2 && root.Has("streamNormalization")) throw root.Fail("streamNormalization", "needs version 2");
        if (version < 3 && root.Has("continuity")) throw root.Fail("continuity", "needs version 3");
        double rate = root.Number("sampleRate", 1e-3, MaxRate);
        var contract = new SignalContract
        {
            SampleRate = rate,
            Unit = root.Text("unit"),
            Channels = root.Has("channels") ? root.Texts("channels") : [],
            Filters = root.Has("filters") ? root.List("filters", (item, path) => ReadFilter(new JsonFields(item, path), rate)) : [],
            Normalization = root.Has("streamNormalization") ? ReadNormalization(root.Object("streamNormalization")) : null,
            Continuity = root.Has("continuity") ? ReadContinuity(root.Object("continuity")) : new(),
            Window = ReadWindow(root.Object("window")),
            Inputs = root.List("inputs", (item, path) => ReadInput(new JsonFields(item, path))),
            Decision = ReadDecision(root.Object("decision")),
            AnnotationLabels = root.Has("annotationLabels") ? root.Map("annotationLabels") : [],
            SourceLabels = root.Has("sourceLabels") ? root.Map("sourceLabels") : [],
        };
        root.Done();
        CheckLabels(contract);
        if (contract.Normalization is not null && contract.Inputs.OfType<SamplesFeature>().FirstOrDefault(f => f.Normalize) is { } twice)
            throw new GraphException($"field 'streamNormalization': input '{twice.Name}' is normalised window by window already; choose one");
        return contract;
    }

    static FilterStep ReadFilter(JsonFields fields, double rate)
    {
        var kind = (FilterKind)fields.Choice("kind", FilterKinds);
        double nyquist = rate / 2 * (1 - 1e-9);
        double low = kind == FilterKind.LowPass ? 0 : fields.Number("low", 1e-9, nyquist);
        double high = kind is FilterKind.HighPass or FilterKind.Notch ? 0 : fields.Number("high", 1e-9, nyquist);
        if (kind is FilterKind.BandPass or FilterKind.BandStop && high <= low) throw fields.Fail("high", $"is {high}, must be above low ({low})");
        int order = kind == FilterKind.Notch ? 2 : fields.Int("order", 1, 16);
        double quality = kind == FilterKind.Notch ? fields.Number("quality", 1e-3, 1e6) : 0;
        fields.Done();
        return new FilterStep(kind, order, low, high, quality);
    }

    static StreamNormalization ReadNormalization(JsonFields fields)
    {
        var normalization = new StreamNormalization(fields.Number("seconds", 1e-6, 1e9), fields.Has("epsilon") ? fields.Number("epsilon", 1e-30, 1e9) : 1e-6);
        fields.Done();
        return normalization;
    }

    static ContinuityRule ReadContinuity(JsonFields fields)
    {
        var usual = new ContinuityRule();
        var rule = new ContinuityRule
        {
            Gaps = fields.Has("gaps") ? (GapAction)fields.Choice("gaps", GapActions) : usual.Gaps,
            LongestGap = fields.Has("longestGap") ? fields.Number("longestGap", 1e-9, MostSeconds) : usual.LongestGap,
            MostJitter = fields.Has("mostJitter") ? fields.Number("mostJitter", 1e-9, MostSeconds) : usual.MostJitter,
            Duplicates = fields.Has("duplicates") ? (RepeatAction)fields.Choice("duplicates", RepeatActions) : usual.Duplicates,
            Late = fields.Has("late") ? (RepeatAction)fields.Choice("late", RepeatActions) : usual.Late,
            Drift = fields.Has("drift") ? (DriftAction)fields.Choice("drift", DriftActions) : usual.Drift,
            MostDrift = fields.Has("mostDrift") ? fields.Number("mostDrift", 1e-9, MostSeconds) : usual.MostDrift,
        };
        fields.Done();
        return rule;
    }

    static WindowRule ReadWindow(JsonFields fields)
    {
        var trigger = (WindowTrigger)fields.Choice("trigger", Triggers);
        int length = fields.Int("length", 1, MaxSamples);
        var window = trigger == WindowTrigger.Beat
            ? new WindowRule(trigger, length, Before: fields.Int("before", 0, length - 1))
            : new WindowRule(trigger, length, Hop: fields.Int("hop", 1, MaxSamples));
        fields.Done();
        return window;
    }

    static InputFeature ReadInput(JsonFields fields)
    {
        string name = fields.Text("name");
        InputFeature feature = fields.Choice("feature", Features) switch
        {
            0 => new SamplesFeature(name, fields.Flag("normalize"), fields.Has("epsilon") ? fields.Number("epsilon", 0, 1e9) : 0),
            1 => new RrFeature(name, fields.Int("average", 1, 1000), fields.Number("limit", 1e-9, 1e9)),
            _ => new LogSpectrumFeature(name, fields.Int("firstBin", 0, MaxSamples), fields.Int("bins", 1, MaxSamples), fields.Number("floor", 0, 1e9)),
        };
        fields.Done();
        return feature;
    }

    static Decision ReadDecision(JsonFields fields)
    {
        string output = fields.Text("output");
        string[] labels = fields.Texts("labels");
        Decision decision = fields.Choice("kind", Decisions) == 0
            ? new ClassDecision(output, labels, fields.Flag("logits"))
            : new AnomalyDecision(output, labels, fields.Text("input"), fields.Number("threshold", 0, 1e30), fields.Has("scale") ? fields.Numbers("scale") : []);
        if (labels.Length == 0 || decision is AnomalyDecision && labels.Length != 2 || labels.Distinct().Count() != labels.Length)
            throw fields.Fail("labels", decision is AnomalyDecision ? "must be two different labels" : "must be one or more different labels");
        fields.Done();
        return decision;
    }

    static void CheckLabels(SignalContract contract)
    {
        foreach (var (field, map) in ((string, IReadOnlyDictionary<string, string>)[])[("annotationLabels", contract.AnnotationLabels), ("sourceLabels", contract.SourceLabels)])
            foreach (var (key, label) in map)
                if (!contract.Decision.Labels.Contains(label)) throw new GraphException($"field '{field}.{key}' is '{label}', which is none of the labels");
    }

    public static byte[] Write(SignalContract contract)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            bool isUsual = contract.Continuity == new ContinuityRule();
            json.WriteNumber("version", !isUsual ? Version : contract.Normalization is not null ? 2 : FirstVersion);
            json.WriteNumber("sampleRate", contract.SampleRate);
            json.WriteString("unit", contract.Unit);
            WriteTexts(json, "channels", contract.Channels);
            json.WriteStartArray("filters");
            foreach (var filter in contract.Filters) WriteFilter(json, filter);
            json.WriteEndArray();
            if (contract.Normalization is { } normalization)
            {
                json.WriteStartObject("streamNormalization");
                json.WriteNumber("seconds", normalization.Seconds);
                json.WriteNumber("epsilon", normalization.Epsilon);
                json.WriteEndObject();
            }
            if (!isUsual) WriteContinuity(json, contract.Continuity);
            WriteWindow(json, contract.Window);
            json.WriteStartArray("inputs");
            foreach (var input in contract.Inputs) WriteInput(json, input);
            json.WriteEndArray();
            WriteDecision(json, contract.Decision);
            WriteMap(json, "annotationLabels", contract.AnnotationLabels);
            WriteMap(json, "sourceLabels", contract.SourceLabels);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    static void WriteFilter(Utf8JsonWriter json, FilterStep filter)
    {
        json.WriteStartObject();
        json.WriteString("kind", FilterKinds[(int)filter.Kind]);
        if (filter.Kind != FilterKind.Notch) json.WriteNumber("order", filter.Order);
        if (filter.Kind != FilterKind.LowPass) json.WriteNumber("low", filter.Low);
        if (filter.Kind is not (FilterKind.HighPass or FilterKind.Notch)) json.WriteNumber("high", filter.High);
        if (filter.Kind == FilterKind.Notch) json.WriteNumber("quality", filter.Quality);
        json.WriteEndObject();
    }

    static void WriteContinuity(Utf8JsonWriter json, ContinuityRule rule)
    {
        json.WriteStartObject("continuity");
        json.WriteString("gaps", GapActions[(int)rule.Gaps]);
        json.WriteNumber("longestGap", rule.LongestGap);
        json.WriteNumber("mostJitter", rule.MostJitter);
        json.WriteString("duplicates", RepeatActions[(int)rule.Duplicates]);
        json.WriteString("late", RepeatActions[(int)rule.Late]);
        json.WriteString("drift", DriftActions[(int)rule.Drift]);
        json.WriteNumber("mostDrift", rule.MostDrift);
        json.WriteEndObject();
    }

    static void WriteWindow(Utf8JsonWriter json, WindowRule window)
    {
        json.WriteStartObject("window");
        json.WriteString("trigger", Triggers[(int)window.Trigger]);
        json.WriteNumber("length", window.Length);
        if (window.Trigger == WindowTrigger.Beat) json.WriteNumber("before", window.Before);
        else json.WriteNumber("hop", window.Hop);
        json.WriteEndObject();
    }

    static void WriteInput(Utf8JsonWriter json, InputFeature input)
    {
        json.WriteStartObject();
        json.WriteString("name", input.Name);
        switch (input)
        {
            case SamplesFeature samples:
                json.WriteString("feature", Features[0]);
                json.WriteBoolean("normalize", samples.Normalize);
                json.WriteNumber("epsilon", samples.Epsilon);
                break;
            case RrFeature rr:
                json.WriteString("feature", Features[1]);
                json.WriteNumber("average", rr.Average);
                json.WriteNumber("limit", rr.Limit);
                break;
            case LogSpectrumFeature spectrum:
                json.WriteString("feature", Features[2]);
                json.WriteNumber("firstBin", spectrum.FirstBin);
                json.WriteNumber("bins", spectrum.Bins);
                json.WriteNumber("floor", spectrum.Floor);
                break;
        }
        json.WriteEndObject();
    }

    static void WriteDecision(Utf8JsonWriter json, Decision decision)
    {
        json.WriteStartObject("decision");
        json.WriteString("kind", Decisions[decision is ClassDecision ? 0 : 1]);
        json.WriteString("output", decision.Output);
        WriteTexts(json, "labels", decision.Labels);
        switch (decision)
        {
            case ClassDecision classes:
                json.WriteBoolean("logits", classes.Logits);
                break;
            case AnomalyDecision anomaly:
                json.WriteString("input", anomaly.Input);
                json.WriteNumber("threshold", anomaly.Threshold);
                json.WriteStartArray("scale");
                foreach (float scale in anomaly.Scale) json.WriteNumberValue(scale);
                json.WriteEndArray();
                break;
        }
        json.WriteEndObject();
    }

    static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    static void WriteMap(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> map)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in map) json.WriteString(key, value);
        json.WriteEndObject();
    }
}
