namespace EdgeQinn.Devices.Sources.Synthetic;

/// <summary>Normal random numbers from a seed (Box and Muller 1958): the same seed gives the same numbers.</summary>
sealed class GaussianNoise(int seed)
{
    readonly Random _random = new(seed);
    double _spare = double.NaN;

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => _random.NextDouble();

    /// <summary>Uniform between two values.</summary>
    public double Between(double low, double high) => low + (high - low) * _random.NextDouble();

    /// <summary>Normal with mean 0 and standard deviation 1.</summary>
    public double Normal()
    {
        double value = _spare;
        _spare = double.NaN;
        if (!double.IsNaN(value)) return value;
        double radius = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble()));
        (double sine, double cosine) = Math.SinCos(2 * Math.PI * _random.NextDouble());
        _spare = radius * sine;
        return radius * cosine;
    }
}
