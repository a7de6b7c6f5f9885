using EdgeQinn.Benchmarks.Kernels;

return args is ["conv", .. var rest] ? ConvSpeed.Run(rest) : 0;
