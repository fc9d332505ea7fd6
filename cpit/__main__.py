"""Permet « python -m cpit »."""

from cpit.entree import principal

if __name__ == "__main__":
    principal()
