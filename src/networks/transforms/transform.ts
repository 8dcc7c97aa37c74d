/** The interface of a transform: how content and style meet at one layer. */

import type { ChannelStatistics } from '../../graph/composed.ts';
import type { Outputs, Tensor } from '../../graph/tensor.ts';
import type { Parameters } from '../parameters.ts';

/** The settings of a generator that transforms use. */
export interface TransformSettings {
  readonly temperature: 'one' | 'sqrt-channels';
  readonly pooledKeys: boolean;
  readonly folded?: boolean;
}

/** Inputs of a style's half beside its features. */
export interface StyleExtras {
  /** `[N, 3, H, W]`, carried to the decoder by transforms that attend. */
  readonly colours?: Tensor | undefined;
  /** Normalised features `[N, K, H, W]` by which positions are found. Default: the style's own. */
  readonly matched?: Tensor | undefined;
}

/** Inputs of a content's half beside its features. */
interface ContentExtras {
  /**
   * Channel statistics of the whole picture if the features are only a tile of it.
   * Default: those of the features.
   */
  readonly statistics?: ChannelStatistics | undefined;
  /** As {@link StyleExtras.matched}. */
  readonly matched?: Tensor | undefined;
}

interface Transformed {
  /** Features of the content's shape. */
  readonly features: Tensor;
  /** Attended colours `[N, 3, H, W]`, if the style's values carry them. */
  readonly colours?: Tensor;
}

export interface Transform {
  /**
   * Where content and style meet: `once`, at the layers of the generator's settings; `cascade`, at all
   * layers down to relu1_1, the deepest first, each in the picture that the layer before gave.
   */
  readonly meets: 'once' | 'cascade';
  /**
   * What its generator learns beside the decoder. `style`: to paint, in the stage `style`. `nothing`: the
   * transform is in closed form, and the decoder inverts features, as the stage `autoencode` trains it.
   */
  readonly learns: 'style' | 'nothing';
  /** Whether a part of a picture cannot be painted by itself, even if it is given the whole's statistics. */
  readonly whole: boolean;
  /**
   * Whether the decoder's features take the style's mean and deviation at relu3_1, relu2_1 and relu1_1, which
   * they mirror: Avatar-Net's style-aware shortcuts.
   */
  readonly decodesAlike: boolean;
  /** Whether queries of the content look for keys of the style. */
  readonly attends: boolean;
  /** Convolutions that `foldAttention` removes. */
  readonly foldable: readonly ('key' | 'output')[];
  /**
   * The style's half, done once per style.
   *
   * @param fs `[N, C, H, W]`, features of the style
   * @returns all tensors to keep, ready to be stored
   */
  encode(fs: Tensor, parameters: Parameters, settings: TransformSettings, extras?: StyleExtras): Outputs;
  /**
   * The content's half.
   *
   * @param fc `[N, C, H, W]`, features of the content
   * @param style the tensors that `encode` returned
   */
  apply(
    fc: Tensor,
    style: Outputs,
    parameters: Parameters,
    settings: TransformSettings,
    extras?: ContentExtras,
  ): Transformed;
  /** Numbers that are alive at once beside the features, given the positions of content and style. */
  working(content: number, style: number, settings: TransformSettings): number;
}
