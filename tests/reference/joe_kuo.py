"""Writes src/math/joe_kuo_1024.txt: the Joe-Kuo direction numbers of the first 1,024 dimensions.

Needs scipy 1.17.1, which ships the same numbers (new-joe-kuo-6.21201) as an array. Run: python joe_kuo.py

scipy keeps the whole primitive polynomial of degree s; the published table keeps its inner coefficients a,
without the leading and trailing one. The first dimension, which has no polynomial, is not in the table.
"""

from pathlib import Path

import numpy
import scipy.stats

NOTICE = """\
Direction numbers of the Sobol sequence by S. Joe and F. Y. Kuo, new-joe-kuo-6.21201, dimensions 2 to 1024.
S. Joe and F. Y. Kuo, Constructing Sobol sequences with better two-dimensional projections,
SIAM J. Sci. Comput. 30, 2635-2654 (2008). https://web.maths.unsw.edu.au/~fkuo/sobol/

-----------------------------------------------------------------------------
Licence pertaining to sobol.cc and the accompanying sets of direction numbers
-----------------------------------------------------------------------------
Copyright (c) 2008, Frances Y. Kuo and Stephen Joe
All rights reserved.

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

    * Redistributions of source code must retain the above copyright
      notice, this list of conditions and the following disclaimer.

    * Redistributions in binary form must reproduce the above copyright
      notice, this list of conditions and the following disclaimer in the
      documentation and/or other materials provided with the distribution.

    * Neither the names of the copyright holders nor the names of the
      University of New South Wales and the University of Waikato
      and its contributors may be used to endorse or promote products derived
      from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS ``AS IS'' AND ANY
EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDERS BE LIABLE FOR ANY
DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES
(INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES;
LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND
ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT
(INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS
SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""

numbers = numpy.load(Path(scipy.stats.__file__).with_name("_sobol_direction_numbers.npz"))
target = Path(__file__).parents[2] / "src" / "math" / "joe_kuo_1024.txt"
with target.open("w", encoding="ascii", newline="\n") as out:
    out.writelines(f"# {line}".rstrip() + "\n" for line in NOTICE.splitlines())
    out.write("d       s       a       m_i\n")
    for dimension in range(2, 1025):
        polynomial = int(numbers["poly"][dimension - 1])
        degree = polynomial.bit_length() - 1
        inner = (polynomial >> 1) & ((1 << (degree - 1)) - 1)
        initial = " ".join(str(m) for m in numbers["vinit"][dimension - 1][:degree])
        out.write(f"{dimension:<8}{degree:<8}{inner:<8}{initial}\n")
