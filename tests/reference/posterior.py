"""Writes posterior.csv: reference values of tunewright's Gaussian process with fixed constants.

Needs numpy, scikit-learn and gpytorch (with torch). Run in this directory: python posterior.py

20 observations of a function of two numbers, kernel s * Matérn-5/2 with one lengthscale per number, noise v, mean by
generalized least squares. Rows `data,x0,x1,value,noise`; `place,x0,x1,mean,variance` as scikit-learn predicts them
(variance of the function, without noise); `noisy,x0,x1,mean,variance`, the same where the observations that name a
noise have that variance instead of v; `evidence,value,noisy value,,`, the log marginal likelihoods. Both packages
are asked for all, and must agree: to 1e-6, because gpytorch keeps a single-precision bound inside its noise.
"""

import gpytorch
import numpy as np
import torch
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

LENGTHS, SCALE, NOISE = np.array([0.4, 1.7]), 1.3, 0.01
random = np.random.default_rng(20263)
x = random.random((20, 2))
y = np.sin(6 * x[:, 0]) + x[:, 1] ** 2
places = np.vstack([random.random((8, 2)), x[:2], [[0.0, 1.0], [1.0, 0.0]]])

own = np.where(np.arange(20) % 3 > 0, 0.3 * random.random(20), np.nan)  # of two observations in three


class Exact(gpytorch.models.ExactGP):
    def __init__(self, likelihood):
        super().__init__(torch.tensor(x), torch.tensor(y), likelihood)
        self.mean_module = gpytorch.means.ConstantMean()
        self.covar_module = gpytorch.kernels.ScaleKernel(gpytorch.kernels.MaternKernel(nu=2.5, ard_num_dims=2))

    def forward(self, points):
        return gpytorch.distributions.MultivariateNormal(self.mean_module(points), self.covar_module(points))


def reference(noise):
    """Means and variances at the places, and the log marginal likelihood, for the variances of 20 observations."""
    noise = noise + 1e-9 * SCALE
    kernel = ConstantKernel(SCALE, "fixed") * Matern(LENGTHS, "fixed", nu=2.5)
    covariance, ones = kernel(x) + np.diag(noise), np.ones(20)
    mean = ones @ np.linalg.solve(covariance, y) / (ones @ np.linalg.solve(covariance, ones))
    process = GaussianProcessRegressor(kernel, alpha=noise, optimizer=None).fit(x, y - mean)
    means, deviations = process.predict(places, return_std=True)
    likelihood = gpytorch.likelihoods.FixedNoiseGaussianLikelihood(torch.tensor(noise)).double()
    model = Exact(likelihood).double()
    model.covar_module.base_kernel.lengthscale = torch.tensor(LENGTHS)
    model.covar_module.outputscale = SCALE
    model.mean_module.constant.data.fill_(mean)
    with torch.no_grad():
        density = gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, model)
        evidence = density(model(torch.tensor(x)), torch.tensor(y)).item() * 20
        model.eval()
        other = model(torch.tensor(places))
        assert np.allclose(other.mean.numpy(), means + mean, atol=1e-6)
        assert np.allclose(other.variance.numpy(), deviations**2, atol=1e-6)
    assert abs(process.log_marginal_likelihood_value_ - evidence) < 1e-6
    return means + mean, deviations**2, float(process.log_marginal_likelihood_value_)


alike, noisy = reference(np.full(20, NOISE)), reference(np.where(np.isnan(own), NOISE, own))
with open("posterior.csv", "w", encoding="ascii", newline="\n") as out:
    out.write("kind,a,b,c,d\n")
    for row, value, noise in zip(x, y, own):
        noise = "" if np.isnan(noise) else repr(float(noise))
        out.write(f"data,{float(row[0])!r},{float(row[1])!r},{float(value)!r},{noise}\n")
    for kind, (means, variances, _) in ("place", alike), ("noisy", noisy):
        for row, m, v in zip(places, means, variances):
            out.write(f"{kind},{float(row[0])!r},{float(row[1])!r},{float(m)!r},{float(v)!r}\n")
    out.write(f"evidence,{alike[2]!r},{noisy[2]!r},,\n")
