using System.Text.Json;

namespace EdgeQinn.Runtime.Format;

/// <summary>The fields of a JSON object, read one by one with their path in messages; <see cref="Done"/> refuses those nobody asked for.</summary>
sealed class JsonFields
{
    readonly Dictionary<string, JsonElement> _left = new(StringComparer.Ordinal);
    readonly string _path;

    public JsonFields(JsonElement element, string path)
    {
        _path = path;
        if (element.ValueKind != JsonValueKind.Object) throw new GraphException($"{(path.Length == 0 ? "the contract" : path)} is not a JSON object");
        foreach (var property in element.EnumerateObject())
            if (!_left.TryAdd(property.Name, property.Value)) throw Fail(property.Name, "is there twice");
    }

    public GraphException Fail(string field, string problem) => new($"field '{Full(field)}' {problem}");

    public bool Has(string field) => _left.ContainsKey(field);

    public string Text(string field) => Take(field, JsonValueKind.String, "text").GetString()!;

    public double Number(string field, double least, double most)
    {
        double value = Take(field, JsonValueKind.Number, "a number").GetDouble();
        return value >= least && value <= most ? value : throw Fail(field, $"is {value}, must be from {least} to {most}");
    }

    public int Int(string field, int least, int most = int.MaxValue)
    {
        double value = Number(field, least, most);
        return value == Math.Floor(value) ? (int)value : throw Fail(field, $"is {value}, must be a whole number");
    }

    public bool Flag(string field) => Take(field, JsonValueKind.Undefined, "true or false").ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Fail(field, "must be true or false"),
    };

    public JsonFields Object(string field) => new(Take(field, JsonValueKind.Object, "an object"), Full(field));

    public T[] List<T>(string field, Func<JsonElement, string, T> read)
    {
        var array = Take(field, JsonValueKind.Array, "a list");
        var items = new T[array.GetArrayLength()];
        int i = 0;
        foreach (var item in array.EnumerateArray())
        {
            items[i] = read(item, $"{Full(field)}[{i}]");
            i++;
        }
        return items;
    }

    public string[] Texts(string field) => List(field, (item, path) => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw new GraphException($"field '{path}' must be text"));

    public float[] Numbers(string field) => List(field, (item, path) => item.ValueKind == JsonValueKind.Number ? item.GetSingle() : throw new GraphException($"field '{path}' must be a number"));

    public Dictionary<string, string> Map(string field)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        var fields = Object(field);
        foreach (string name in fields._left.Keys.ToArray()) map.Add(name, fields.Text(name));
        return map;
    }

    /// <summary>One of <paramref name="choices"/>; its index.</summary>
    public int Choice(string field, params ReadOnlySpan<string> choices)
    {
        string text = Text(field);
        int index = choices.IndexOf(text);
        return index >= 0 ? index : throw Fail(field, $"is '{text}', must be one of {string.Join(", ", choices.ToArray())}");
    }

    public void Done()
    {
        foreach (string field in _left.Keys) throw Fail(field, "is not known to this version");
    }

    string Full(string field) => _path.Length == 0 ? field : $"{_path}.{field}";

    JsonElement Take(string field, JsonValueKind kind, string what)
    {
        if (!_left.Remove(field, out var element)) throw Fail(field, "is missing");
        return kind == JsonValueKind.Undefined || element.ValueKind == kind ? element : throw Fail(field, $"must be {what}");
    }
}
